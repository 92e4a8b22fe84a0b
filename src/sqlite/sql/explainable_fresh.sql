-- Rows of a tracker that the configuration lacks, as they came, with whether each says so already.
SELECT id,
       reason IS NOT :reason
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id > :after
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY id
 LIMIT :limit;
