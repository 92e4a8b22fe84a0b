-- The next attempts in order of id, which is that of time.
SELECT id, started_at < to_timestamp($2::bigint / 1000.0), started_at < to_timestamp($2::bigint / 1000.0)
  FROM delivery_attempts
 WHERE id > $1
 ORDER BY id
 LIMIT $3;
