-- Rows whose last try was made in what is the future now. They have the farthest times, so few others are looked at.
UPDATE outbox
   SET due_at = to_timestamp($2::bigint / 1000.0)
 WHERE id IN (SELECT far.id
                FROM (SELECT id, attempts
                        FROM outbox
                       WHERE tracker = $1
                         AND due_at > to_timestamp($3::bigint / 1000.0)
                         AND state = 'pending' AND waits_for IS NULL
                         AND ($4::varbit IS NULL OR get_bit($4::varbit, lane) = 1)
                       ORDER BY due_at DESC
                       LIMIT 500) AS far
                JOIN delivery_attempts AS last
                  ON last.outbox_id = far.id AND last.attempt = far.attempts
               WHERE last.started_at > to_timestamp($2::bigint / 1000.0));
