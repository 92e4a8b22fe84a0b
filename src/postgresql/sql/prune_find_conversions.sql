-- The next conversions by key: the table has no order of time, so a walk sees all of it, a little at a time.
SELECT tracker, subid, tid, taken_in_at < to_timestamp($4::bigint / 1000.0)
  FROM conversions
 WHERE (tracker, subid, tid) > ($1, $2, $3)
 ORDER BY tracker, subid, tid
 LIMIT $5;
