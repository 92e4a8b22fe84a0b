-- Rows that were found by their ids some time ago (each may have been cancelled, blocked or finished since), in the order asked for,
-- and the first other row of the click that waits.
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
  FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
  JOIN outbox ON outbox.id = asked.id
 WHERE outbox.state = 'pending' AND outbox.waits_for IS NULL
   AND ($2::smallint[] IS NULL OR outbox.lane = ANY ($2))
 ORDER BY asked.place;
