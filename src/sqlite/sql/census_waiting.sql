-- Rows that are scheduled, in backoff or behind an earlier one, in steps, to be counted. From the index alone.
SELECT subid,
       id
  FROM outbox
 WHERE tracker = :tracker
   AND (subid, id) > (:after_subid, :after_id)
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY subid, id
 LIMIT :limit;
