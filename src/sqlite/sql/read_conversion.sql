-- What one tracker last took in for one conversion.
SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, taken_in_at,
       verdict, verdict_at, verdict_note, check_at
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
