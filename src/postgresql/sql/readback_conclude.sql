-- What a look at the tracker's records says of each of many conversions, unless the tracker has taken in another postback of it meanwhile.
UPDATE conversions
   SET verdict = concluded.verdict,
       verdict_at = to_timestamp($2::bigint / 1000.0),
       verdict_note = concluded.note,
       check_at = to_timestamp(concluded.check_at / 1000.0)
  FROM unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[])
       AS concluded (subid, tid, outbox_id, taken_in_at, verdict, note, check_at)
 WHERE conversions.tracker = $1
   AND conversions.subid = concluded.subid
   AND conversions.tid = concluded.tid
   AND conversions.outbox_id = concluded.outbox_id
   AND conversions.taken_in_at = to_timestamp(concluded.taken_in_at / 1000.0)::timestamptz(3);
