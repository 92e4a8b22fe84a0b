-- Rows for people, the newest first.
SELECT @row_columns@
  FROM outbox
 WHERE @row_filter@
 ORDER BY id DESC
 LIMIT $8;
