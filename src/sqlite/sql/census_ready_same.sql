-- A walk through the rows that wait for no other: the rest of those with the time it has come to. (One comparison of both columns
-- would seek by the time alone, and read all rows with the same one again and again.)
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
