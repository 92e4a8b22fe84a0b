-- The same of rows that ended otherwise than delivered: the index holds no others.
SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason, finished_at, unrecorded
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
   AND id >= :from AND id < :below
   AND @page_filter@
 ORDER BY id DESC;
