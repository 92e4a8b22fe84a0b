-- Rows to be sent now, as they came, of the lanes that are ours. Only ids: most rows looked at while a click is busy need not be read.
SELECT id
  FROM outbox
 WHERE tracker = $1
   AND due_at = '-infinity'
   AND id > $2
   AND state = 'pending' AND waits_for IS NULL
   AND ($4::varbit IS NULL OR get_bit($4::varbit, lane) = 1)
 ORDER BY id
 LIMIT $3;
