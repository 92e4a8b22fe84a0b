-- What a person asked for of the rows that are listed; NULL stands for what was not asked.
    (:tracker IS NULL OR tracker = :tracker)
AND (:campaign IS NULL OR campaign = :campaign)
AND (:subid IS NULL OR subid = :subid)
AND (:before IS NULL OR coalesce(finished_at, created_at) <= :before)
AND (:not_before IS NULL OR coalesce(finished_at, created_at) >= :not_before)
AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
