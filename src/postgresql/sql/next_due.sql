-- When to look for due rows again.
SELECT (extract(epoch FROM due_at) * 1000)::bigint
  FROM outbox
 WHERE tracker = $1
   AND due_at > CASE $2::bigint WHEN 0 THEN '-infinity' ELSE to_timestamp($2::bigint / 1000.0) END
   AND state = 'pending' AND waits_for IS NULL
   AND ($3::smallint[] IS NULL OR lane = ANY ($3))
 ORDER BY due_at
 LIMIT 1;
