-- The next clicks that have a waiting row, and whether the first one is blocked, for the sweep: one seek per click.
WITH RECURSIVE clicks (tracker, subid, blocked, place) AS (
  (SELECT tracker, subid, waits_for IS NOT NULL, 1
     FROM outbox
    WHERE (tracker, subid) > ($1, $2) AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)
    ORDER BY tracker, subid, id
    LIMIT 1)
  UNION ALL
  SELECT next.tracker, next.subid, next.blocked, clicks.place + 1
    FROM clicks
   CROSS JOIN LATERAL (SELECT tracker, subid, waits_for IS NOT NULL AS blocked
                         FROM outbox
                        WHERE (tracker, subid) > (clicks.tracker, clicks.subid) AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)
                        ORDER BY tracker, subid, id
                        LIMIT 1) AS next
   WHERE clicks.place < $3
)
SELECT tracker,
       subid,
       blocked
  FROM clicks
 ORDER BY place;
