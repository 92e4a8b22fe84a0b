-- Rows with all their columns in order of id, some at a time: for writing them out. :states is a text such as ",dead,refused,", or NULL
-- for all.
  SELECT @row_columns@
    FROM outbox
   WHERE id > :after
     AND (:states IS NULL OR instr(:states, ',' || state || ',') > 0)
     AND (:verdict IS NULL OR @conversion_is_in_doubt@)
     AND (:tracker IS NULL OR tracker = :tracker)
     AND (:before IS NULL OR coalesce(finished_at, created_at) < :before)
ORDER BY id
   LIMIT :limit
