-- The next tracker that has taken something in. Called in a loop, as next_tracker is.
SELECT tracker
  FROM conversions
 WHERE tracker > :after
 ORDER BY tracker
 LIMIT 1;
