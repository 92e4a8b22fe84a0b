-- A worker ends in order: others have its lanes at once.
DELETE FROM outbox_workers
 WHERE worker = $1;
