-- The next conversions by key: the table has no order of time, so a walk sees all of it, a little at a time. One that is to be asked
-- after stays while it is young enough for that.
SELECT tracker, subid, tid,
       taken_in_at < to_timestamp($4::bigint / 1000.0) AND (check_at IS NULL OR taken_in_at < to_timestamp($6::bigint / 1000.0))
  FROM conversions
 WHERE (tracker, subid, tid) > ($1, $2, $3)
 ORDER BY tracker, subid, tid
 LIMIT $5;
