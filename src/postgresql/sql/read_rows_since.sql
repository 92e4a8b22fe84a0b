-- Rows for people after an id, the oldest first.
SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id,
       CASE due_at WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM due_at) * 1000)::bigint END,
       (extract(epoch FROM created_at) * 1000)::bigint,
       state, attempts, strikes, waits_for, sent_as, http_status, response, reason,
       (extract(epoch FROM finished_at) * 1000)::bigint,
       unrecorded
  FROM outbox
 WHERE ($1::text IS NULL OR state = $1)
   AND ($2::text IS NULL OR tracker = $2)
   AND ($3::text IS NULL OR campaign = $3)
   AND ($4::text IS NULL OR subid = $4)
   AND ($5::text IS NULL OR strpos(lower(reason), lower($5)) > 0)
   AND ($6::bigint IS NULL OR coalesce(finished_at, created_at) <= to_timestamp($6::bigint / 1000.0))
   AND ($7::bigint IS NULL OR coalesce(finished_at, created_at) >= to_timestamp($7::bigint / 1000.0))
   AND id > $9
 ORDER BY id
 LIMIT $8;
