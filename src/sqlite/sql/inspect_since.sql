-- Rows after an id, oldest first: for reading on from where one was.
  SELECT id
    FROM outbox
   WHERE id > :since
     AND (:state IS NULL OR state = :state)
     AND (:tracker IS NULL OR tracker = :tracker)
ORDER BY id
   LIMIT :limit
