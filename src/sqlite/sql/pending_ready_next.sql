-- The same walk: those with a later time.
SELECT due_at,
       id,
       payout,
       currency
  FROM outbox
 WHERE @ready_next@
 ORDER BY due_at, id
 LIMIT :limit;
