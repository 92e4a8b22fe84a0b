-- Rows to be sent now, as they came. Only ids: most rows looked at while a click is busy need not be read.
SELECT id
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id > :after
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY id
 LIMIT :limit;
