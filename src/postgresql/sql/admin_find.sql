-- Rows that `retry` or `cancel` is about, some at a time, in order of id. With $6 a pending row that is only scheduled stays as it
-- is, and so does one that is due at once.
SELECT id, state
  FROM outbox
 WHERE id > $1
   AND id <= $2
   AND state = ANY ($3::text[])
   AND ($4::text IS NULL OR tracker = $4)
   AND ($5::bigint IS NULL OR coalesce(finished_at, created_at) < to_timestamp($5::bigint / 1000.0))
   AND (NOT $6::boolean OR state <> 'pending' OR (attempts > 0 AND due_at > to_timestamp(0.001)))
   AND ($8::text IS NULL OR id IN (SELECT outbox_id
                                    FROM conversions
                                   WHERE verdict IN ('differs', 'absent', 'unknowable') AND verdict = $8))
 ORDER BY id
 LIMIT $7;
