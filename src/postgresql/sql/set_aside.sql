-- What came of a row, where a trigger of the application does not let it be written as it should: the row waits, with its reason.
UPDATE outbox
   SET due_at      = to_timestamp($2::bigint / 1000.0),
       attempts    = greatest(attempts, least($3::bigint, 1000000000)),
       strikes     = least($4::bigint, 1000000000),
       refusals    = $5::integer,
       unrecorded  = unrecorded + 1,
       sent_as     = coalesce($6, sent_as),
       http_status = CASE WHEN $7::boolean THEN $8::integer ELSE http_status END,
       response    = CASE WHEN $7::boolean THEN $9 ELSE response END,
       reason      = $10
 WHERE id = $1::bigint
   AND state = 'pending';
