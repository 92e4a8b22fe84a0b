-- The same walk: the clicks after it.
SELECT id, due_at, attempts, created_at, payout, currency, reason, subid
  FROM outbox
 WHERE tracker = :tracker
   AND subid > :subid
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
   AND waits_for IS NOT NULL
 ORDER BY subid, id;
