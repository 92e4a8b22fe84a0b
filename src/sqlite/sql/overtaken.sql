-- The row was taken out while its request was under way. The state stays what the operator made it; what came of the request is
-- added, since the tracker may well have taken it in. Not where that is written already: a commit may have taken effect though it
-- was reported as failed.
UPDATE outbox
   SET attempts    = min(:attempts, 1000000000),
       sent_as     = coalesce(:sent_as, sent_as),
       http_status = :http_status,
       response    = :response,
       reason      = state || ' while it was being sent; ' || :what_came
 WHERE id = :id
   AND created_at = coalesce(:created_at, created_at)
   AND state <> 'pending'
   AND attempts < :attempts;
