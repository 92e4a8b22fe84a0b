-- The operator goes on with an older copy: from now on it counts as the newest.
UPDATE outbox_worker
   SET recorded = :recorded
 WHERE only = 1
   AND recorded < :recorded;
