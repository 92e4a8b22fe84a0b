-- The next rows in order of id, old or not, for pruning to look at: ids follow time closely enough, so no index by time is needed,
-- and each look is short however large the table is.
  SELECT id, state, tracker, created_at, coalesce(finished_at, created_at)
    FROM outbox
   WHERE id > :after
ORDER BY id
   LIMIT :limit
