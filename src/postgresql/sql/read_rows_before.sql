-- How many rows of a tracker are to be sent now and came before a given one.
SELECT count(*)
  FROM outbox
 WHERE tracker = $1 AND id < $2 AND due_at = '-infinity'
   AND state = 'pending' AND waits_for IS NULL;
