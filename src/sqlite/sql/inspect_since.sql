-- Rows after an id, oldest first: for reading on from where one was.
SELECT id
  FROM outbox
 WHERE id > :since
   AND (:state IS NULL OR state = :state)
   AND (:tracker IS NULL OR tracker = :tracker)
   AND (:campaign IS NULL OR campaign = :campaign)
   AND (:subid IS NULL OR subid = :subid)
   AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
   AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
   AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
 ORDER BY id
 LIMIT :limit;
