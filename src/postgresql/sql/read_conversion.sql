-- What a tracker took in last for one conversion.
SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, (extract(epoch FROM taken_in_at) * 1000)::bigint
  FROM conversions
 WHERE tracker = $1 AND subid = $2 AND tid = $3;
