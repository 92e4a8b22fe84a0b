-- A walk through the rows that wait for no other: the rest of those with the time it has come to.
SELECT due_at,
       id,
       payout,
       currency
  FROM outbox
 WHERE @ready_same@
 ORDER BY id
 LIMIT :limit;
