-- The next conversions of a tracker by key, some at a time: for counting them, and for the drift report.
  SELECT @readback_columns@
    FROM conversions
   WHERE tracker = :tracker
     AND (subid, tid) > (:subid, :tid)
ORDER BY subid, tid
   LIMIT :limit
