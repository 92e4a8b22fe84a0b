-- What each tracker has taken in of a click. Reads the whole table on purpose: it is for people.
  SELECT @conversion_columns@
    FROM conversions
   WHERE subid = :subid
     AND (:tracker IS NULL OR tracker = :tracker)
ORDER BY tracker, tid
