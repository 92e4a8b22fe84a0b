-- Rows to be sent now, as they came. Only ids: most rows looked at while a click is busy need not be read.
SELECT id
  FROM outbox
 WHERE @fresh_after@
 ORDER BY id
 LIMIT :limit;
