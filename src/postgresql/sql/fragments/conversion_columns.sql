-- A conversion with all its columns, times in Unix milliseconds: what conversion_record() takes.
tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id,
       (extract(epoch FROM taken_in_at) * 1000)::bigint,
       verdict,
       (extract(epoch FROM verdict_at) * 1000)::bigint,
       verdict_note,
       (extract(epoch FROM check_at) * 1000)::bigint
