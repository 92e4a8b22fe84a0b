-- Whether the backlog is small: counts no further than :most in each of the two indexes of pending rows.
SELECT (SELECT count(*)
          FROM (SELECT 1
                  FROM outbox INDEXED BY outbox_ready
                 WHERE state = 'pending' AND waits_for IS NULL
                 LIMIT :most))
     + (SELECT count(*)
          FROM (SELECT 1
                  FROM outbox INDEXED BY outbox_waiting
                 WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
                 LIMIT :most)) AS rows;
