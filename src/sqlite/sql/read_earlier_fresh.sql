-- The same among rows to be sent now, which no index finds by click: reads those that stand before the given one.
SELECT id
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id < :id
   AND state = 'pending' AND waits_for IS NULL
   AND subid = :subid
 ORDER BY id
 LIMIT 1;
