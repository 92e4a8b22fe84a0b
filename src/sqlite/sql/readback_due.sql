-- The conversions of a tracker that are to be asked after, those first that have been so longest.
  SELECT @readback_columns@
    FROM conversions
   WHERE tracker = :tracker
     AND check_at IS NOT NULL
     AND check_at <= :now
ORDER BY check_at
   LIMIT :limit
