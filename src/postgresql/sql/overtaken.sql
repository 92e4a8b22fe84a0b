-- The row was taken out while its request was under way. The state stays what the operator made it; what came of the request is
-- added, since the tracker may well have taken it in. Not where that is written already: a commit may have taken effect though it
-- was reported as failed.
UPDATE outbox
   SET attempts    = least($2::bigint, 1000000000),
       sent_as     = coalesce($3, sent_as),
       http_status = $4::integer,
       response    = $5,
       reason      = state || ' while it was being sent; ' || $6
 WHERE id = $1::bigint
   AND state <> 'pending'
   AND attempts < $2::bigint;
