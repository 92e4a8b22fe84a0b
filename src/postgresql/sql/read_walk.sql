-- Rows in order of id, some at a time: for writing them out.
SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id,
       CASE due_at WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM due_at) * 1000)::bigint END,
       (extract(epoch FROM created_at) * 1000)::bigint,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason,
       (extract(epoch FROM finished_at) * 1000)::bigint,
       unrecorded
  FROM outbox
 WHERE id > $1
   AND ($2::text[] IS NULL OR state = ANY ($2))
   AND ($3::text IS NULL OR tracker = $3)
   AND ($4::bigint IS NULL OR coalesce(finished_at, created_at) < to_timestamp($4::bigint / 1000.0))
 ORDER BY id
 LIMIT $5;
