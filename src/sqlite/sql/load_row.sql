-- A row that was found by its id some time ago (it may have been cancelled, blocked or finished since), and the first other row of
-- its click that waits.
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
       outbox.refusals,
       outbox.unrecorded,
       (SELECT waiting.id
          FROM outbox AS waiting
         WHERE waiting.tracker = outbox.tracker
           AND waiting.subid = outbox.subid
           AND waiting.state = 'pending' AND (waiting.due_at > 0 OR waiting.waits_for IS NOT NULL)
           AND waiting.id <> outbox.id
         ORDER BY waiting.id
         LIMIT 1)
  FROM outbox
 WHERE outbox.id = :id
   AND outbox.state = 'pending' AND outbox.waits_for IS NULL;
