-- The conversions of a tracker that are to be asked after, those first that have been so longest.
SELECT @readback_columns@
  FROM conversions
 WHERE tracker = $1
   AND check_at IS NOT NULL
   AND check_at <= to_timestamp($2::bigint / 1000.0)
 ORDER BY check_at
 LIMIT $3;
