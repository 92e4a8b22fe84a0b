-- One row for people.
SELECT @row_columns@
  FROM outbox
 WHERE id = $1::bigint;
