-- The next rows in order of id, old or not, for pruning to look at: ids follow time closely enough, so no index by time is needed, and
-- each look is short however large the table is.
SELECT id,
       state <> 'pending' AND coalesce(finished_at, created_at) < to_timestamp($2::bigint / 1000.0)
         AND ($3::text[] IS NULL OR state = ANY ($3)) AND ($4::text IS NULL OR tracker = $4),
       created_at < to_timestamp($2::bigint / 1000.0)
  FROM outbox
 WHERE id > $1
 ORDER BY id
 LIMIT $5;
