-- The same for the other verdicts: walks through the rows, for a person who asked. A row whose request has another click id than its
-- column, for a template, is not found.
  SELECT id
    FROM outbox
   WHERE state = 'delivered'
     AND EXISTS (SELECT 1
                   FROM conversions
                  WHERE conversions.tracker = outbox.tracker
                    AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                    AND conversions.outbox_id = outbox.id
                    AND conversions.verdict = :verdict)
     AND (:state IS NULL OR state = :state)
     AND @row_filter@
ORDER BY id DESC
   LIMIT :limit
