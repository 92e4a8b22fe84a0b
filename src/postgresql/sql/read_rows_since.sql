-- Rows for people after an id, the oldest first.
SELECT @row_columns@
  FROM outbox
 WHERE @row_filter@
   AND id > $10
 ORDER BY id
 LIMIT $8;
