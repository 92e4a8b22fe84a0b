-- The next requests of the front door that could not become rows, in order of id, which is that of time.
SELECT id, received_at < to_timestamp($2::bigint / 1000.0), received_at < to_timestamp($2::bigint / 1000.0)
  FROM intake_rejects
 WHERE id > $1
 ORDER BY id
 LIMIT $3;
