-- A request of the front door that cannot become a row.
INSERT INTO intake_rejects (received_at, source, method, query, body, reason)
VALUES (:received_at, :source, :method, :query, nullif(:body, ''), :reason);
