-- When the next conversion of a tracker is to be asked after; $2 as in readback_due.sql.
SELECT (extract(epoch FROM check_at) * 1000)::bigint
  FROM conversions
 WHERE tracker = $1
   AND check_at IS NOT NULL
   AND ($2::smallint[] IS NULL OR (hashtextextended(subid, hashtextextended(tracker, 0)) & 255)::smallint = ANY ($2))
 ORDER BY check_at
 LIMIT 1;
