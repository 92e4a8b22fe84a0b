-- The newest rows whose conversion has one of the verdicts that an index holds. :verdict is one of these three.
  SELECT id
    FROM outbox
   WHERE @conversion_is_in_doubt@
     AND id > :since
     AND (:state IS NULL OR state = :state)
     AND @row_filter@
ORDER BY id * :direction
   LIMIT :limit
