-- The conversions of a tracker with one of the verdicts that an index holds, below an id, those of the newest rows first.
SELECT @conversion_columns@
  FROM conversions
 WHERE verdict IN ('differs', 'absent', 'unknowable')
   AND verdict = $2
   AND tracker = $1
   AND outbox_id < $3
 ORDER BY outbox_id DESC
 LIMIT $4;
