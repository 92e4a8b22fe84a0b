-- Rows that `retry` or `cancel` is about, found apart from the writing transaction so that the application is not held up.
-- In one pass over all states, so that rows of one click come in their order. :states is a text such as ",dead,refused,".
-- With :tried_only a pending row that is only scheduled stays as it is, and so does one that is due at once (due_at 0 or 1).
  SELECT id, state
    FROM outbox
   WHERE id > :after
     AND id <= :last_id
     AND instr(:states, ',' || state || ',') > 0
     AND (:verdict IS NULL OR @conversion_is_in_doubt@)
     AND (:tracker IS NULL OR tracker = :tracker)
     AND (:before IS NULL OR coalesce(finished_at, created_at) < :before)
     AND (NOT :tried_only OR state <> 'pending' OR (attempts > 0 AND due_at > 1))
ORDER BY id
   LIMIT :limit
