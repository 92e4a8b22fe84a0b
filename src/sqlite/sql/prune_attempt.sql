-- An attempt that is old enough; nothing of it ever changes.
DELETE FROM delivery_attempts
 WHERE id = :id
