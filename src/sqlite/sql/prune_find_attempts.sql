-- The next attempts in order of id, which is that of time.
  SELECT id, started_at
    FROM delivery_attempts
   WHERE id > :after
ORDER BY id
   LIMIT :limit
