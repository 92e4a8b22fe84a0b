-- When the next conversion of a tracker is to be asked after.
  SELECT check_at
    FROM conversions
   WHERE tracker = :tracker
     AND check_at IS NOT NULL
ORDER BY check_at
   LIMIT 1
