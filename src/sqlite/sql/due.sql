-- Scheduled rows and retries whose time has come, longest due first.
SELECT id,
       due_at
  FROM outbox
 WHERE tracker = :tracker
   AND due_at > 0 AND due_at <= :now
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
