-- What trackers took in of a click.
SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, (extract(epoch FROM taken_in_at) * 1000)::bigint
  FROM conversions
 WHERE subid = $1
   AND ($2::text IS NULL OR tracker = $2)
 ORDER BY tracker, tid;
