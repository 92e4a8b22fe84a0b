-- What a person asked for of the rows of a list; NULL stands for what was not asked.
    ($1::text IS NULL OR state = $1)
   AND ($2::text IS NULL OR tracker = $2)
   AND ($3::text IS NULL OR campaign = $3)
   AND ($4::text IS NULL OR subid = $4)
   AND ($5::text IS NULL OR strpos(lower(reason), lower($5)) > 0)
   AND ($6::bigint IS NULL OR coalesce(finished_at, created_at) <= to_timestamp($6::bigint / 1000.0))
   AND ($7::bigint IS NULL OR coalesce(finished_at, created_at) >= to_timestamp($7::bigint / 1000.0))
   AND ($9::text IS NULL
        OR id IN (SELECT outbox_id
                    FROM conversions
                   WHERE verdict IN ('differs', 'absent', 'unknowable') AND verdict = $9)
        -- Of the others there are many, and no index holds them. A row whose request has another click id than its column, for a
        -- template, is not found.
        OR ($9 IN ('unchecked', 'recorded') AND state = 'delivered'
            AND EXISTS (SELECT 1
                          FROM conversions
                         WHERE conversions.tracker = outbox.tracker
                           AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                           AND conversions.outbox_id = outbox.id
                           AND conversions.verdict = $9)))
