-- When the newest attempts that failed began. The same walk.
SELECT (extract(epoch FROM started_at) * 1000)::bigint
  FROM delivery_attempts
 ORDER BY id DESC
 LIMIT $1;
