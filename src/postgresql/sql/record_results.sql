-- What became of many rows. finished_at is set in the statement that sets state: by that the triggers know the worker's hand.
-- Without a request (a duplicate, a refusal) what an earlier answer left behind stays. A row that shows the attempt already was
-- written by a commit that was reported as failed, and may have been sent again since. Gives those that were written.
UPDATE outbox
   SET state       = result.state,
       due_at      = CASE WHEN result.state <> 'pending' OR result.due_at IS NULL THEN outbox.due_at
                          ELSE CASE result.due_at WHEN 0 THEN '-infinity' ELSE to_timestamp(result.due_at / 1000.0) END END,
       finished_at = CASE WHEN result.state <> 'pending' THEN to_timestamp(result.now / 1000.0) END,
       attempts    = least(result.attempts, 1000000000),
       strikes     = least(result.strikes, 1000000000),
       refusals    = result.refusals,
       unrecorded  = CASE WHEN result.state = 'pending' THEN 0 ELSE outbox.unrecorded END,
       sent_as     = coalesce(result.sent_as, outbox.sent_as),
       http_status = CASE WHEN result.requested THEN result.http_status ELSE outbox.http_status END,
       response    = CASE WHEN result.requested THEN result.response ELSE outbox.response END,
       reason      = result.reason
  FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
              $9::text[], $10::boolean[], $11::integer[], $12::text[], $13::text[])
       AS result (id, created_at, state, due_at, now, attempts, strikes, refusals, sent_as, requested, http_status, response, reason)
 WHERE outbox.id = result.id
   AND (result.created_at IS NULL OR outbox.created_at = to_timestamp(result.created_at / 1000.0)::timestamptz(3))
   AND outbox.state = 'pending'
   AND (NOT result.requested OR outbox.attempts < result.attempts)
RETURNING outbox.id;
