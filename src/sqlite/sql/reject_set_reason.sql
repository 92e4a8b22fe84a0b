-- The rule that an unresolved request breaks now.
UPDATE intake_rejects
   SET reason = :reason
 WHERE id = :id
   AND resolved_at IS NULL
