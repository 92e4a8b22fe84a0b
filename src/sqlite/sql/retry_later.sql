-- A failed attempt after which the row stays pending. state is not set, so that no trigger on it has to look.
-- A row that shows the attempt already was written by a commit that was reported as failed, and may have been sent again since.
UPDATE outbox
   SET due_at      = coalesce(:due_at, due_at),
       attempts    = :attempts,
       strikes     = :strikes,
       sent_as     = coalesce(:sent_as, sent_as),
       http_status = iif(:requested, :http_status, http_status),
       response    = iif(:requested, :response, response),
       reason      = :reason
 WHERE id = :id
   AND state = 'pending'
   AND (NOT :requested OR attempts < :attempts);
