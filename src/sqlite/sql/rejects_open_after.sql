-- The next requests that could not become rows and are unresolved, in the order in which they came.
  SELECT id, received_at, source, method, query, body, reason, resolved_at
    FROM intake_rejects
   WHERE id > :after
     AND resolved_at IS NULL
ORDER BY id
   LIMIT :limit
