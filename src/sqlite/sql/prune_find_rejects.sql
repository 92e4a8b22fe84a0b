-- The next requests of the front door that could not become rows, in order of id, which is that of time.
  SELECT id, received_at
    FROM intake_rejects
   WHERE id > :after
ORDER BY id
   LIMIT :limit
