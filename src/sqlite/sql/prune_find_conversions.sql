-- The next conversions by key: the table has no order of time, so a walk sees all of it, a little at a time.
  SELECT tracker, subid, tid, taken_in_at, check_at IS NOT NULL
    FROM conversions
   WHERE (tracker, subid, tid) > (:tracker, :subid, :tid)
ORDER BY tracker, subid, tid
   LIMIT :limit
