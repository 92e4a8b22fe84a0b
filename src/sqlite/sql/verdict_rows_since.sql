-- The same from the oldest on, behind :since.
  SELECT id
    FROM outbox
   WHERE state = 'delivered'
     AND EXISTS (SELECT 1
                   FROM conversions
                  WHERE conversions.tracker = outbox.tracker
                    AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                    AND conversions.outbox_id = outbox.id
                    AND conversions.verdict = :verdict)
     AND id > :since
     AND (:state IS NULL OR state = :state)
     AND @row_filter@
ORDER BY id
   LIMIT :limit
