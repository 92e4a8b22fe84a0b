-- Conversions that are old, unless something came to one since it was found.
DELETE FROM conversions
 USING unnest($1::text[], $2::text[], $3::text[]) AS old (tracker, subid, tid)
 WHERE conversions.tracker = old.tracker AND conversions.subid = old.subid AND conversions.tid = old.tid
   AND taken_in_at < to_timestamp($4::bigint / 1000.0)
   AND (check_at IS NULL OR taken_in_at < to_timestamp($5::bigint / 1000.0));
