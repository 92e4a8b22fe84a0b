-- By this a row is told from another that has taken its id.
SELECT created_at
  FROM outbox
 WHERE id = :id;
