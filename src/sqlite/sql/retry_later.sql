-- A failed attempt after which the row stays pending. state is not set, so that no trigger on it has to look.
-- A row that shows the attempt already was written by a commit that was reported as failed, and may have been sent again since.
UPDATE outbox
   SET due_at      = coalesce(:due_at, due_at),
       attempts    = min(:attempts, 1000000000),
       strikes     = min(:strikes, 1000000000),
       refusals    = :refusals,
       unrecorded  = 0,
       sent_as     = coalesce(:sent_as, sent_as),
       http_status = iif(:requested, :http_status, http_status),
       response    = iif(:requested, :response, response),
       reason      = :reason
 WHERE id = :id
   AND created_at = coalesce(:created_at, created_at)
   AND state = 'pending'
   AND (NOT :requested OR attempts < :attempts);
