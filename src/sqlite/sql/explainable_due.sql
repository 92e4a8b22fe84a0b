-- The same for rows with a time of their own: those were scheduled, or failed while the tracker was still configured.
SELECT id,
       due_at,
       reason IS NOT :reason
  FROM outbox
 WHERE tracker = :tracker
   AND (due_at, id) > (:after_due_at, :after_id)
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
