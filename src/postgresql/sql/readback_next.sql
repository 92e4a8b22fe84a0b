-- When the next conversion of a tracker is to be asked after.
SELECT (extract(epoch FROM check_at) * 1000)::bigint
  FROM conversions
 WHERE tracker = $1
   AND check_at IS NOT NULL
 ORDER BY check_at
 LIMIT 1;
