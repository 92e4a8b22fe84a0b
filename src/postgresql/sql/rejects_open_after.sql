-- Unresolved ones in the order in which they came.
SELECT id, (extract(epoch FROM received_at) * 1000)::bigint, source, method, query, coalesce(body, ''), reason, (extract(epoch FROM resolved_at) * 1000)::bigint
  FROM intake_rejects
 WHERE id > $1 AND resolved_at IS NULL
 ORDER BY id
 LIMIT $2;
