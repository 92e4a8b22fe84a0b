-- Why pending rows wait.
SELECT tracker, reason, count(*)
  FROM outbox
 WHERE state = 'pending' AND reason IS NOT NULL
 GROUP BY tracker, reason;
