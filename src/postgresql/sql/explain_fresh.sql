-- Tells readers of the next rows of a tracker that the configuration lacks why they are not sent. Gives the last row seen.
WITH seen AS (
  SELECT id, reason
    FROM outbox
   WHERE tracker = $1 AND due_at = '-infinity' AND id > $2 AND state = 'pending' AND waits_for IS NULL
   ORDER BY id
   LIMIT $4
), explained AS (
  UPDATE outbox
     SET reason = $3
    FROM seen
   WHERE outbox.id = seen.id AND seen.reason IS DISTINCT FROM $3
)
SELECT count(*),
       max(id)
  FROM seen;
