-- How many attempts would go with a row.
SELECT count(*)
  FROM delivery_attempts
 WHERE outbox_id = :outbox_id
