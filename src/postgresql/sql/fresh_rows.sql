-- The same rows as fresh.sql, in whole, and what the ledger holds for the subid and tid of each: all of a load in one round trip.
-- OFFSET 0: as in load_rows.sql.
SELECT @loaded_columns@,
       conversions.status,
       conversions.sent_status,
       conversions.payout,
       conversions.cost,
       conversions.currency,
       conversions.params,
       conversions.rebilled_by,
       conversions.outbox_id
  FROM (SELECT *
          FROM outbox
         WHERE tracker = $1
           AND due_at = '-infinity'
           AND id > $2
           AND state = 'pending' AND waits_for IS NULL
           AND ($4::varbit IS NULL OR get_bit($4::varbit, lane) = 1)
         ORDER BY id
         LIMIT $3) AS outbox
  LEFT JOIN LATERAL (SELECT *
                       FROM conversions
                      WHERE tracker = $1
                        AND subid = outbox.subid
                        AND tid = coalesce(outbox.tid, '')
                     OFFSET 0) AS conversions ON true
 ORDER BY outbox.id;
