-- Whether any row names a tracker.
SELECT 1
  FROM outbox
 WHERE tracker = $1
 LIMIT 1;
