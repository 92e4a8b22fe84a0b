-- A row's last word. finished_at is set here, in the statement that sets state: by that the triggers know the worker's hand.
-- Without a request (a duplicate, a refusal) what an earlier answer left behind stays.
-- A row that shows the attempt already was written by a commit that was reported as failed, and may have been sent again since.
UPDATE outbox
   SET state       = :state,
       finished_at = :now,
       attempts    = min(:attempts, 1000000000),
       strikes     = min(:strikes, 1000000000),
       refusals    = :refusals,
       sent_as     = coalesce(:sent_as, sent_as),
       http_status = iif(:requested, :http_status, http_status),
       response    = iif(:requested, :response, response),
       reason      = :reason
 WHERE id = :id
   AND created_at = coalesce(:created_at, created_at)
   AND state = 'pending'
   AND (NOT :requested OR attempts < :attempts);
