-- Whether a row that was just inserted is there: a trigger of the application may have taken it away.
SELECT 1
  FROM outbox
 WHERE id = :id;
