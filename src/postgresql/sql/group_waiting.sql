-- The next rows of a tracker that wait for their next try, with their reasons, in order of time. One that was never tried is only
-- scheduled.
SELECT id, reason, (extract(epoch FROM due_at) * 1000)::bigint
  FROM outbox
 WHERE tracker = $1
   AND (due_at, id) > (to_timestamp($2::bigint / 1000.0), $3::bigint)
   AND state = 'pending' AND waits_for IS NULL
   AND id <= $4
   AND attempts > 0
 ORDER BY due_at, id
 LIMIT $5;
