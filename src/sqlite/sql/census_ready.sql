-- Rows that wait for no other, in steps, to be counted. From the index alone.
SELECT due_at,
       id
  FROM outbox
 WHERE tracker = :tracker
   AND (due_at, id) > (:after_due_at, :after_id)
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
