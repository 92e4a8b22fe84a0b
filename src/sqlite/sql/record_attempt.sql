-- One line for each failed attempt: the row itself keeps only the last answer. There already, where a commit took effect and was
-- reported as failed, so that the same outcome is written again.
INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, http_status, error, response)
VALUES (:outbox_id, :attempt, :started_at, :latency_ms, :http_status, :error, :response)
    ON CONFLICT (outbox_id, attempt) DO NOTHING;
