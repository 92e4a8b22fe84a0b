-- Rows of a tracker that the configuration lacks, as they came, with whether each says so already.
SELECT id,
       reason IS NOT :reason
  FROM outbox
 WHERE @fresh_after@
 ORDER BY id
 LIMIT :limit;
