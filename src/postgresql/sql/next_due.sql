-- When to look for due rows again.
SELECT (extract(epoch FROM due_at) * 1000)::bigint
  FROM outbox
 WHERE tracker = $1
   AND due_at > CASE $2::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($2::bigint / 1000.0) END
   AND state = 'pending' AND waits_for IS NULL
   AND ($3::varbit IS NULL OR get_bit($3::varbit, lane) = 1)
 ORDER BY due_at
 LIMIT 1;
