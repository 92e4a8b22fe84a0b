-- Requests of the front door that could not become rows and are unresolved.
SELECT count(*)
  FROM intake_rejects
 WHERE resolved_at IS NULL;
