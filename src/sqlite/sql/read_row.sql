-- One row with all its columns.
SELECT @row_columns@
  FROM outbox
 WHERE id = :id
