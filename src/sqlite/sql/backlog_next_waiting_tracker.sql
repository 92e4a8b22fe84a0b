-- The next tracker that has a row which waits. Called in a loop, as next_tracker is.
SELECT tracker
  FROM outbox
 WHERE tracker > :after
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY tracker
 LIMIT 1;
