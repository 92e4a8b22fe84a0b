-- The same for pending rows, each of which is in one of the two indexes at least: the finished ones, mostly many more, are not read.
-- :direction is 1 for the oldest first, -1 for the newest.
SELECT id
  FROM (SELECT id
          FROM outbox INDEXED BY outbox_ready
         WHERE state = 'pending' AND waits_for IS NULL
           AND id > :since
           AND @row_filter@
         UNION ALL
        SELECT id
          FROM outbox INDEXED BY outbox_waiting
         WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
           AND waits_for IS NOT NULL
           AND id > :since
           AND @row_filter@
       )
 ORDER BY id * :direction
 LIMIT :limit;
