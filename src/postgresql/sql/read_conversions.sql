-- What trackers took in of a click.
SELECT @conversion_columns@
  FROM conversions
 WHERE subid = $1
   AND ($2::text IS NULL OR tracker = $2)
 ORDER BY tracker, tid;
