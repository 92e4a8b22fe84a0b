-- The same of rows that ended otherwise than delivered: the index holds no others.
SELECT @row_columns@
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
   AND id >= :from AND id < :below
   AND @page_filter@
 ORDER BY id DESC;
