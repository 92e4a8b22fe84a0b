-- Rows whose last try was made in what is the future now. They have the farthest times, so few others are looked at.
UPDATE outbox
   SET due_at = :now
 WHERE id IN (SELECT far.id
                FROM (SELECT id, attempts
                        FROM outbox
                       WHERE tracker = :tracker
                         AND due_at > :beyond
                         AND state = 'pending' AND waits_for IS NULL
                       ORDER BY due_at DESC
                       LIMIT 500) AS far
                JOIN delivery_attempts AS last
                  ON last.outbox_id = far.id AND last.attempt = far.attempts
               WHERE last.started_at > :now);
