-- One request that could not become a row.
SELECT id, (extract(epoch FROM received_at) * 1000)::bigint, source, method, query, coalesce(body, ''), reason, (extract(epoch FROM resolved_at) * 1000)::bigint
  FROM intake_rejects
 WHERE id = $1::bigint;
