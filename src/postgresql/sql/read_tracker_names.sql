-- The trackers that rows to be sent, conversions or notes name, each once: one seek per name, as DISTINCT would read every row.
WITH RECURSIVE pending (tracker) AS (
  (SELECT min(tracker) FROM outbox WHERE state = 'pending' AND waits_for IS NULL)
  UNION ALL
  SELECT (SELECT min(tracker) FROM outbox WHERE tracker > pending.tracker AND state = 'pending' AND waits_for IS NULL) FROM pending WHERE pending.tracker IS NOT NULL
), waiting (tracker) AS (
  (SELECT min(tracker) FROM outbox WHERE state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL))
  UNION ALL
  SELECT (SELECT min(tracker) FROM outbox WHERE tracker > waiting.tracker AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)) FROM waiting WHERE waiting.tracker IS NOT NULL
), taken_in (tracker) AS (
  (SELECT min(tracker) FROM conversions)
  UNION ALL
  SELECT (SELECT min(tracker) FROM conversions WHERE tracker > taken_in.tracker) FROM taken_in WHERE taken_in.tracker IS NOT NULL
)
SELECT tracker FROM pending WHERE tracker IS NOT NULL
 UNION
SELECT tracker FROM waiting WHERE tracker IS NOT NULL
 UNION
SELECT tracker FROM taken_in WHERE tracker IS NOT NULL
 UNION
SELECT tracker FROM outbox_trackers;
