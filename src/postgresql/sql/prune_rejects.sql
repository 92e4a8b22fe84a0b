-- Requests that are old.
DELETE FROM intake_rejects
 WHERE id = ANY ($1::bigint[]);
