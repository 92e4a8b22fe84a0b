-- A row's failed attempts.
SELECT attempt, (extract(epoch FROM started_at) * 1000)::bigint, latency_ms, http_status, error, response
  FROM delivery_attempts
 WHERE outbox_id = $1::bigint
 ORDER BY attempt;
