-- The same for rows with a time of their own, which were scheduled, or failed while the tracker was still configured.
UPDATE outbox
   SET reason = $2
 WHERE id IN (SELECT id
                FROM outbox
               WHERE tracker = $1 AND due_at > '-infinity' AND state = 'pending' AND waits_for IS NULL
                 AND reason IS DISTINCT FROM $2
               LIMIT $3);
