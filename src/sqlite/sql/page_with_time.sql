-- Rows of a tracker that wait for a time: in backoff, or scheduled. The first due first.
SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason, finished_at, unrecorded
  FROM outbox
 WHERE tracker = :tracker AND due_at > 1
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
