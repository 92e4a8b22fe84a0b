-- The first row of a click that waits, before a given one.
SELECT id
  FROM outbox
 WHERE tracker = :tracker
   AND subid = :subid
   AND id < :id
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY id
 LIMIT 1;
