-- The newest rows, by id. With a filter that few rows fit this may read the whole table: it is for people.
  SELECT id
    FROM outbox
   WHERE (:state IS NULL OR state = :state)
     AND (:tracker IS NULL OR tracker = :tracker)
ORDER BY id DESC
   LIMIT :limit
