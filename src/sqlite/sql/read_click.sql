-- All rows of a click. Reads the whole table on purpose: an index over all rows by click would halve the speed of delivery.
  SELECT id
    FROM outbox
   WHERE subid = :subid
     AND (:tracker IS NULL OR tracker = :tracker)
ORDER BY id
