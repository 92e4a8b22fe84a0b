-- The next tracker that a worker has been configured with, or that was paused. Called in a loop, as next_tracker is.
SELECT tracker
  FROM outbox_trackers
 WHERE tracker > :after
 ORDER BY tracker
 LIMIT 1;
