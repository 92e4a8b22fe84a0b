-- A walk through the rows that wait for no other: the rest of those with the time it has come to.
SELECT due_at,
       id,
       payout,
       currency
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = :due_at
   AND id > :id
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY id
 LIMIT :limit;
