-- Rows that are old, unless one has changed since it was found.
DELETE FROM outbox
 WHERE id = ANY ($1::bigint[])
   AND state <> 'pending' AND coalesce(finished_at, created_at) < to_timestamp($2::bigint / 1000.0)
RETURNING id;
