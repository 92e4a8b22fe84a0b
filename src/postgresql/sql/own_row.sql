-- The fence. Who has no row any more has lost its lanes, and records nothing; the lock holds up who would take them. It leaves the row
-- free to be renewed.
SELECT 1
  FROM outbox_workers
 WHERE worker = $1
   FOR KEY SHARE;
