-- Whether the tracker's records say :verdict of the conversion that was taken in for the row. A row whose request has another click
-- id than its column, for a template, is not found.
EXISTS (SELECT 1
                   FROM conversions
                  WHERE conversions.tracker = outbox.tracker
                    AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                    AND conversions.outbox_id = outbox.id
                    AND conversions.verdict = :verdict)
