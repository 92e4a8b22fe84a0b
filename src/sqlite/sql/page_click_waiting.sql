-- The rows of a click that wait for a time or for another.
SELECT id
  FROM outbox
 WHERE tracker = :tracker
   AND subid = :subid
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL);
