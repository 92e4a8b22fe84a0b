-- The failed attempts of one row, in order.
  SELECT attempt, started_at, latency_ms, http_status, error, response
    FROM delivery_attempts
   WHERE outbox_id = :id
ORDER BY attempt, id
