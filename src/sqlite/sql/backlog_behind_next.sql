-- The same walk: the clicks after it.
SELECT id, due_at, attempts, created_at, payout, currency, reason, subid
  FROM outbox
 WHERE @waiting_next@
   AND waits_for IS NOT NULL
 ORDER BY subid, id;
