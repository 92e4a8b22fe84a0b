-- What the tracker last took in for each of some conversions, as requests carry their subid and tid, in the order asked for.
-- OFFSET 0: as in load_rows.sql.
SELECT conversions.status,
       conversions.sent_status,
       conversions.payout,
       conversions.cost,
       conversions.currency,
       conversions.params,
       conversions.rebilled_by,
       conversions.outbox_id
  FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS asked (subid, tid, place)
  LEFT JOIN LATERAL (SELECT *
                       FROM conversions
                      WHERE tracker = $1
                        AND subid = asked.subid
                        AND tid = asked.tid
                     OFFSET 0) AS conversions ON true
 ORDER BY asked.place;
