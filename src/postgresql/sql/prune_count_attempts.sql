-- How many attempts go with rows that would be deleted.
SELECT count(*)
  FROM delivery_attempts
 WHERE outbox_id = ANY ($1::bigint[]);
