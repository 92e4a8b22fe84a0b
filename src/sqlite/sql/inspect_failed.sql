-- The same for rows that are dead or refused: the index holds no others. :direction is 1 for the oldest first, -1 for the newest.
SELECT id
  FROM outbox
 WHERE (state = 'dead' OR state = 'refused')
   AND state = :state
   AND id > :since
   AND (:tracker IS NULL OR tracker = :tracker)
   AND (:campaign IS NULL OR campaign = :campaign)
   AND (:subid IS NULL OR subid = :subid)
   AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
   AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
   AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
 ORDER BY id * :direction
 LIMIT :limit;
