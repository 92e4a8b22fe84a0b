-- How many rows of a tracker are to be sent now and came before a given one.
SELECT count(*) AS rows
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id < :id
   AND state = 'pending' AND waits_for IS NULL;
