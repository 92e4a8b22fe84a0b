-- The newest rows, by id. With a filter that few rows fit this may read the whole table: it is for people. Pending rows, and those
-- that failed, have statements of their own.
SELECT id
  FROM outbox
 WHERE (:state IS NULL OR state = :state)
   AND (:tracker IS NULL OR tracker = :tracker)
   AND (:campaign IS NULL OR campaign = :campaign)
   AND (:subid IS NULL OR subid = :subid)
   AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
   AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
   AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
 ORDER BY id DESC
 LIMIT :limit;
