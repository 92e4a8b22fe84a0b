-- The same of rows that ended otherwise than delivered: the index holds no others.
SELECT id
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
   AND id > :since
   AND @row_filter@
 ORDER BY id
 LIMIT :limit;
