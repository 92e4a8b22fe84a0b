-- Rows of a tracker that wait for a time: in backoff, or scheduled. The first due first.
SELECT @row_columns@
  FROM outbox
 WHERE tracker = :tracker AND due_at > 1
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
