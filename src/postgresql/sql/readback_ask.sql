-- A person wishes to have conversions asked after that never were, or that nothing could be known of.
UPDATE conversions
   SET check_at = to_timestamp($2::bigint / 1000.0),
       verdict = 'unchecked',
       verdict_at = NULL,
       verdict_note = NULL
  FROM unnest($3::text[], $4::text[]) AS asked (subid, tid)
 WHERE conversions.tracker = $1
   AND conversions.subid = asked.subid
   AND conversions.tid = asked.tid
   AND check_at IS NULL
   AND verdict IN ('unchecked', 'unknowable');
