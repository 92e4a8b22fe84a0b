-- One line for each failed attempt: the row itself keeps only the last answer. There already, where a commit took effect and was
-- reported as failed, so that the same outcome is written again.
INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, http_status, error, response)
SELECT outbox_id, attempt, to_timestamp(started_at / 1000.0), latency_ms, http_status, error, response
  FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::bigint[], $5::integer[], $6::text[], $7::text[])
       AS failed (outbox_id, attempt, started_at, latency_ms, http_status, error, response)
    ON CONFLICT (outbox_id, attempt) DO NOTHING;
