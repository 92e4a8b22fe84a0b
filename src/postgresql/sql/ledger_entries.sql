-- What the tracker last took in for each of some conversions, as requests carry their subid and tid, in the order asked for.
SELECT conversions.status,
       conversions.sent_status,
       conversions.payout,
       conversions.cost,
       conversions.currency,
       conversions.params,
       conversions.rebilled_by,
       conversions.outbox_id
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (subid, tid, place)
  LEFT JOIN conversions ON conversions.tracker = $1
                       AND conversions.subid = asked.subid
                       AND conversions.tid = asked.tid
 ORDER BY asked.place;
