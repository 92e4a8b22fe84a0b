-- What came of a row, where a trigger of the application does not let it be written as it should: the row waits, with its reason.
UPDATE outbox
   SET due_at      = :due_at,
       attempts    = max(attempts, min(:attempts, 1000000000)),
       strikes     = min(:strikes, 1000000000),
       refusals    = :refusals,
       unrecorded  = unrecorded + 1,
       sent_as     = coalesce(:sent_as, sent_as),
       http_status = iif(:requested, :http_status, http_status),
       response    = iif(:requested, :response, response),
       reason      = :reason
 WHERE id = :id
   AND created_at = coalesce(:created_at, created_at)
   AND state = 'pending';
