-- The click's first waiting row may go. One that is scheduled or in backoff keeps its time, and those behind it keep waiting.
UPDATE outbox
   SET waits_for = NULL
 WHERE id = (SELECT id
               FROM outbox
              WHERE tracker = :tracker
                AND subid = :subid
                AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
              ORDER BY id
              LIMIT 1)
   AND waits_for IS NOT NULL;
