-- It breaks another rule than before.
UPDATE intake_rejects
   SET reason = $2
 WHERE id = $1::bigint;
