-- Attempts that are old.
DELETE FROM delivery_attempts
 WHERE id = ANY ($1::bigint[]);
