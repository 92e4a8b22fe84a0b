-- The same of rows that ended otherwise than delivered, which have an index of their own.
SELECT id
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = $2
   AND id < $1
 ORDER BY id DESC
 LIMIT 1;
