-- What reading back needs of a conversion.
subid, tid, status, sent_status, payout, currency, outbox_id, taken_in_at, first_taken_in_at, check_at, verdict_at, verdict_note, verdict
