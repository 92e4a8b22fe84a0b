-- The request became a row after all, or nothing is to be kept of it.
UPDATE intake_rejects
   SET resolved_at = :now
 WHERE id = :id
   AND resolved_at IS NULL
