-- Why the newest rows of one such state ended so.
SELECT tracker,
       reason
  FROM outbox
 WHERE (state = 'dead' OR state = 'refused')
   AND state = :state
 ORDER BY id DESC
 LIMIT :limit;
