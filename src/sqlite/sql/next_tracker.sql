-- The next tracker that has a row to load. Called in a loop: one seek per tracker, where DISTINCT would read every pending row.
SELECT tracker
  FROM outbox
 WHERE tracker > :after
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY tracker
 LIMIT 1;
