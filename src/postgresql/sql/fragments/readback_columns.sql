-- What reading back needs of a conversion, times in Unix milliseconds.
subid, tid, status, sent_status, payout, currency, outbox_id,
       (extract(epoch FROM taken_in_at) * 1000)::bigint,
       (extract(epoch FROM first_taken_in_at) * 1000)::bigint,
       (extract(epoch FROM check_at) * 1000)::bigint,
       (extract(epoch FROM verdict_at) * 1000)::bigint,
       verdict_note,
       verdict
