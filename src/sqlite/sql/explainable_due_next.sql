-- The same walk: those with a later time.
SELECT id,
       due_at,
       reason IS NOT :reason
  FROM outbox
 WHERE tracker = :tracker
   AND due_at > :due_at
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
