-- The same for pending rows, each of which is in one of the two indexes at least: the finished ones, mostly many more, are not read.
SELECT id
  FROM (SELECT id
          FROM outbox INDEXED BY outbox_ready
         WHERE state = 'pending' AND waits_for IS NULL
           AND id > :since
           AND (:tracker IS NULL OR tracker = :tracker)
           AND (:campaign IS NULL OR campaign = :campaign)
           AND (:subid IS NULL OR subid = :subid)
           AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
           AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
           AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
         UNION ALL
        SELECT id
          FROM outbox INDEXED BY outbox_waiting
         WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
           AND waits_for IS NOT NULL
           AND id > :since
           AND (:tracker IS NULL OR tracker = :tracker)
           AND (:campaign IS NULL OR campaign = :campaign)
           AND (:subid IS NULL OR subid = :subid)
           AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
           AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
           AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
       )
 ORDER BY id * :direction
 LIMIT :limit;
