-- What the tracker knows now. A rebill once taken in is never forgotten, whatever comes after it. What its records said of an earlier
-- postback says nothing of this one: it is asked after again, or for the first time, at :check_at (NULL: not at all).
INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, cost, currency, params,
                         rebilled_by, outbox_id, taken_in_at, check_at, first_taken_in_at)
VALUES (:tracker, :subid, :tid, :status, :sent_status, :payout, :cost, :currency, :params,
        :rebilled_by, :outbox_id, :taken_in_at, :check_at, :taken_in_at)
ON CONFLICT (tracker, subid, tid) DO UPDATE
   SET status      = excluded.status,
       sent_status = excluded.sent_status,
       payout      = excluded.payout,
       cost        = excluded.cost,
       currency    = excluded.currency,
       params      = excluded.params,
       rebilled_by = coalesce(rebilled_by, excluded.rebilled_by),
       outbox_id   = excluded.outbox_id,
       verdict     = 'unchecked',
       verdict_at  = NULL,
       verdict_note = NULL,
       check_at    = excluded.check_at,
       first_taken_in_at = coalesce(first_taken_in_at, taken_in_at),
       taken_in_at = excluded.taken_in_at;
