-- The newest unresolved ones.
SELECT id, (extract(epoch FROM received_at) * 1000)::bigint, source, method, query, coalesce(body, ''), reason, (extract(epoch FROM resolved_at) * 1000)::bigint
  FROM intake_rejects
 WHERE resolved_at IS NULL
 ORDER BY id DESC
 LIMIT $1;
