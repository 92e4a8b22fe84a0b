-- All rows of a click. No index finds them: one by click over all rows would cost each delivery.
SELECT @row_columns@
  FROM outbox
 WHERE subid = $1
   AND ($2::text IS NULL OR tracker = $2)
 ORDER BY id;
