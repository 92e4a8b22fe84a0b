-- A conversion with all its columns, for people.
tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, taken_in_at,
       verdict, verdict_at, verdict_note, check_at
