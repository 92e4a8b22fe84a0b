-- A row with all its columns: what read_row() takes.
id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason, finished_at, unrecorded
