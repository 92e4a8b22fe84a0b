-- What the tracker knows now. A rebill once taken in is never forgotten, whatever comes after it. What its records said of an earlier
-- postback says nothing of this one: it is asked after again, or for the first time, at check_at (NULL: not at all).
INSERT INTO conversions AS known (tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id,
                                  taken_in_at, first_taken_in_at, check_at)
SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id,
       to_timestamp(taken_in_at / 1000.0), to_timestamp(first_taken_in_at / 1000.0), to_timestamp(check_at / 1000.0)
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::numeric[], $7::numeric[], $8::text[], $9::text[],
              $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[])
       AS taken_in (tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, taken_in_at,
                    first_taken_in_at, check_at)
ON CONFLICT (tracker, subid, tid) DO UPDATE
   SET status            = excluded.status,
       sent_status       = excluded.sent_status,
       payout            = excluded.payout,
       cost              = excluded.cost,
       currency          = excluded.currency,
       params            = excluded.params,
       rebilled_by       = coalesce(known.rebilled_by, excluded.rebilled_by),
       outbox_id         = excluded.outbox_id,
       verdict           = 'unchecked',
       verdict_at        = NULL,
       verdict_note      = NULL,
       check_at          = excluded.check_at,
       first_taken_in_at = coalesce(known.first_taken_in_at, known.taken_in_at),
       taken_in_at       = excluded.taken_in_at;
