-- Rows after an id, oldest first: for reading on from where one was.
SELECT id
  FROM outbox
 WHERE id > :since
   AND (:state IS NULL OR state = :state)
   AND @row_filter@
 ORDER BY id
 LIMIT :limit;
