-- What delivery needs of a row, and the first other row of the click that waits: what loaded_row() takes.
outbox.id,
       outbox.tracker,
       outbox.campaign,
       outbox.subid,
       outbox.status,
       outbox.tid,
       outbox.payout,
       outbox.cost,
       outbox.currency,
       outbox.params,
       CASE outbox.due_at WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM outbox.due_at) * 1000)::bigint END,
       (extract(epoch FROM outbox.created_at) * 1000)::bigint,
       outbox.attempts,
       outbox.strikes,
       outbox.refusals,
       outbox.unrecorded,
       (SELECT waiting.id
          FROM outbox AS waiting
         WHERE waiting.tracker = outbox.tracker
           AND waiting.subid = outbox.subid
           AND waiting.state = 'pending' AND (waiting.due_at > '-infinity' OR waiting.waits_for IS NOT NULL)
           AND waiting.id <> outbox.id
         ORDER BY waiting.id
         LIMIT 1)
