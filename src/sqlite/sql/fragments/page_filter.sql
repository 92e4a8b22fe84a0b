-- What a person asked for of the rows on a page; NULL stands for what was not asked.
    (:tracker IS NULL OR tracker = :tracker)
AND (:campaign IS NULL OR campaign = :campaign)
AND (:subid IS NULL OR subid = :subid)
AND (:tid IS NULL OR tid = :tid)
AND (:subid_or_tid IS NULL OR subid = :subid_or_tid OR tid = :subid_or_tid)
AND (:status IS NULL OR status = :status)
AND (:reason IS NULL OR instr(lower(reason), lower(:reason)) > 0)
