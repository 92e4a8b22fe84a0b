-- The same for the other verdicts: walks through the rows, for a person who asked.
  SELECT id
    FROM outbox
   WHERE state = 'delivered'
     AND @conversion_has_verdict@
     AND (:state IS NULL OR state = :state)
     AND @row_filter@
ORDER BY id DESC
   LIMIT :limit
