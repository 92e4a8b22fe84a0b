-- The conversions of a tracker that are to be asked after, those first that have been so longest. Of several workers each asks
-- for a part, by lane as it delivers; $4 is NULL for all.
SELECT @readback_columns@
  FROM conversions
 WHERE tracker = $1
   AND check_at IS NOT NULL
   AND check_at <= to_timestamp($2::bigint / 1000.0)
   AND ($4::smallint[] IS NULL OR (hashtextextended(subid, hashtextextended(tracker, 0)) & 255)::smallint = ANY ($4))
 ORDER BY check_at
 LIMIT $3;
