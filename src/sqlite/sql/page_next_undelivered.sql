-- The same of rows that ended otherwise than delivered.
SELECT id
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
   AND id < :below
 ORDER BY id DESC
 LIMIT 1;
