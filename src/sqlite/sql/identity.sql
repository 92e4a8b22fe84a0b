-- By what the worker knows this database again, and an older copy of it.
SELECT database_id, recorded
  FROM outbox_worker
 WHERE only = 1;
