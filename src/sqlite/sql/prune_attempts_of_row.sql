-- The attempts of a row that is deleted go with it.
DELETE FROM delivery_attempts
 WHERE outbox_id = :outbox_id
