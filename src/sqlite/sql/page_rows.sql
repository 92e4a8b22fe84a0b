-- A page of a long list, the newest first, within a range of ids: what one step may cost is bounded, whatever is asked for.
SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason, finished_at, unrecorded
  FROM outbox
 WHERE id >= :from AND id < :below
   AND (:state IS NULL OR state = :state)
   AND @page_filter@
 ORDER BY id DESC;
