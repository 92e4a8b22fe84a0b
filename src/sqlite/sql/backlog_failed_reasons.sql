-- Why the newest rows of one such state ended so.
SELECT tracker,
       reason
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
 ORDER BY id DESC
 LIMIT :limit;
