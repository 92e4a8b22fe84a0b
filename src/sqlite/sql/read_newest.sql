-- The newest rows, by id. With a filter that few rows fit this may read the whole table: it is for people. Rows that are pending, or
-- ended otherwise than delivered, have statements of their own.
SELECT id
  FROM outbox
 WHERE (:state IS NULL OR state = :state)
   AND @row_filter@
 ORDER BY id DESC
 LIMIT :limit;
