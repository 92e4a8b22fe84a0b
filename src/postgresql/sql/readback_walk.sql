-- The next conversions of a tracker by key, some at a time: for counting them, and for the drift report.
SELECT @readback_columns@
  FROM conversions
 WHERE tracker = $1
   AND (subid, tid) > ($2, $3)
 ORDER BY subid, tid
 LIMIT $4;
