-- A request of the front door that cannot become a row.
INSERT INTO intake_rejects (received_at, source, method, query, body, reason)
VALUES (to_timestamp($1::bigint / 1000.0), $2, $3, $4, nullif($5, ''), $6);
