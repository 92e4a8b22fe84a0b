-- The same walk: those with a later time.
SELECT id,
       due_at,
       reason IS NOT :reason
  FROM outbox
 WHERE @ready_next@
 ORDER BY due_at, id
 LIMIT :limit;
