-- What a person asked for of the rows on a page; NULL stands for what was not asked.
    ($3::text IS NULL OR state = $3)
   AND ($4::text IS NULL OR tracker = $4)
   AND ($5::text IS NULL OR campaign = $5)
   AND ($6::text IS NULL OR subid = $6)
   AND ($7::text IS NULL OR tid = $7)
   AND ($8::text IS NULL OR subid = $8 OR tid = $8)
   AND ($9::text IS NULL OR status = $9)
   AND ($10::text IS NULL OR strpos(lower(reason), lower($10)) > 0)
