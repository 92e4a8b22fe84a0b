-- One request that could not become a row.
SELECT id, received_at, source, method, query, body, reason, resolved_at
  FROM intake_rejects
 WHERE id = :id
