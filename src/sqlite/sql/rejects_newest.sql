-- The newest requests that could not become rows and are unresolved.
  SELECT id, received_at, source, method, query, body, reason, resolved_at
    FROM intake_rejects
   WHERE resolved_at IS NULL
ORDER BY id DESC
   LIMIT :limit
