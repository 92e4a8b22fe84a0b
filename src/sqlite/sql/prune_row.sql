-- Unless the row was sent again since it was found, or its conversion is to be asked after and is young enough for that: who finds it
-- absent wants to send the row again. (Where a template makes other click ids of the columns' it is not found, and goes.)
DELETE FROM outbox
 WHERE id = :id
   AND state <> 'pending'
   AND coalesce(finished_at, created_at) < :before
   AND NOT (coalesce(finished_at, created_at) >= :asked_before
            AND EXISTS (SELECT 1
                          FROM conversions
                         WHERE conversions.tracker = outbox.tracker
                           AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                           AND conversions.outbox_id = outbox.id
                           AND conversions.check_at IS NOT NULL))
