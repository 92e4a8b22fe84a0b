-- Rows in order of id, some at a time: for writing them out.
SELECT @row_columns@
  FROM outbox
 WHERE id > $1
   AND ($2::text[] IS NULL OR state = ANY ($2))
   AND ($3::text IS NULL OR tracker = $3)
   AND ($4::bigint IS NULL OR coalesce(finished_at, created_at) < to_timestamp($4::bigint / 1000.0))
   AND ($6::text IS NULL OR id IN (SELECT outbox_id
                                    FROM conversions
                                   WHERE verdict IN ('differs', 'absent', 'unknowable') AND verdict = $6))
 ORDER BY id
 LIMIT $5;
