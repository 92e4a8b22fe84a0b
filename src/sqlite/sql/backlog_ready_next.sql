-- The same walk: those with a later time.
SELECT id, due_at, attempts, created_at, payout, currency, reason
  FROM outbox
 WHERE @ready_next@
 ORDER BY due_at, id;
