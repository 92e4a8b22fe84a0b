-- Whether an earlier row of the click still waits. Two are enough: the row itself may be one of them.
SELECT id
  FROM outbox
 WHERE tracker = :tracker
   AND subid = :subid
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY id
 LIMIT 2;
