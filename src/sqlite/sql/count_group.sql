-- Counts a group of outcomes in the transaction that records it. A copy of the file knows the count of its own time: by that it
-- is recognised as older than what the worker last committed.
UPDATE outbox_worker
   SET recorded = recorded + 1
 WHERE only = 1
RETURNING database_id, recorded;
