-- What is known of rows that are deleted.
DELETE FROM delivery_attempts
 WHERE outbox_id = ANY ($1::bigint[]);
