-- How rows stand whose outcome could not be written.
SELECT id,
       state,
       attempts,
       (extract(epoch FROM created_at) * 1000)::bigint
  FROM outbox
 WHERE id = ANY ($1::bigint[]);
