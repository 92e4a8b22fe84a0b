-- A request that could not become a row and is old enough, resolved or not.
DELETE FROM intake_rejects
 WHERE id = :id
