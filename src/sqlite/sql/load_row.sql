-- All that decides whether a row is sent, and as what, in one look: a row that was found by its id some time ago (it may have been
-- cancelled, parked or finished since), the first other row of its click that waits, and what the tracker last took in.
SELECT outbox.id,
       outbox.tracker,
       outbox.campaign,
       outbox.subid,
       outbox.status,
       outbox.tid,
       outbox.payout,
       outbox.cost,
       outbox.currency,
       outbox.params,
       outbox.due_at,
       outbox.created_at,
       outbox.attempts,
       outbox.strikes,
       (SELECT waiting.id
          FROM outbox AS waiting
         WHERE waiting.tracker = outbox.tracker
           AND waiting.subid = outbox.subid
           AND waiting.state = 'pending' AND (waiting.due_at > 0 OR waiting.waits_for IS NOT NULL)
           AND waiting.id <> outbox.id
         ORDER BY waiting.id
         LIMIT 1),
       conversions.status,
       conversions.sent_status,
       conversions.payout,
       conversions.cost,
       conversions.currency,
       conversions.params,
       conversions.rebilled,
       conversions.outbox_id
  FROM outbox
  LEFT JOIN conversions
    ON conversions.tracker = outbox.tracker
   AND conversions.subid = outbox.subid
   AND conversions.tid = coalesce(outbox.tid, '')
 WHERE outbox.id = :id
   AND outbox.state = 'pending' AND outbox.waits_for IS NULL;
