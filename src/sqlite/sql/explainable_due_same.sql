-- The same for rows with a time of their own, which were scheduled, or failed while the tracker was still configured: the rest
-- of those with the time that the walk has come to.
SELECT id,
       due_at,
       reason IS NOT :reason
  FROM outbox
 WHERE @ready_same@
 ORDER BY id
 LIMIT :limit;
