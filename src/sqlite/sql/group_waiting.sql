-- Rows of a tracker that wait for their next try, with their reasons. One that was never tried is only scheduled.
SELECT id, reason
  FROM outbox
 WHERE tracker = :tracker AND due_at > 1
   AND state = 'pending' AND waits_for IS NULL
   AND id <= :last_id
   AND attempts > 0;
