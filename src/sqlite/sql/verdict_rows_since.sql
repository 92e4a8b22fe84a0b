-- The same from the oldest on, behind :since.
  SELECT id
    FROM outbox
   WHERE state = 'delivered'
     AND @conversion_has_verdict@
     AND id > :since
     AND (:state IS NULL OR state = :state)
     AND @row_filter@
ORDER BY id
   LIMIT :limit
