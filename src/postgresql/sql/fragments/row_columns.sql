-- A row with all its columns, times in Unix milliseconds: what row_record() takes.
id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id,
       CASE due_at WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM due_at) * 1000)::bigint END,
       (extract(epoch FROM created_at) * 1000)::bigint,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason,
       (extract(epoch FROM finished_at) * 1000)::bigint,
       unrecorded
