-- The next rows in order of id, old or not, for pruning to look at: ids follow time closely enough, so no index by time is needed, and
-- each look is short however large the table is. A row whose conversion is to be asked after, and is young enough for that, stays: who
-- finds it absent wants to send the row again. (Where a template makes other click ids of the columns' it is not found, and goes.)
SELECT id,
       state <> 'pending' AND coalesce(finished_at, created_at) < to_timestamp($2::bigint / 1000.0)
         AND ($3::text[] IS NULL OR state = ANY ($3)) AND ($4::text IS NULL OR tracker = $4)
         AND NOT (coalesce(finished_at, created_at) >= to_timestamp($6::bigint / 1000.0)
                  AND EXISTS (SELECT 1
                                FROM conversions
                               WHERE conversions.tracker = outbox.tracker
                                 AND conversions.subid IN (outbox.subid, replace(outbox.subid, '-', '.'))
                                 AND conversions.outbox_id = outbox.id
                                 AND conversions.check_at IS NOT NULL)),
       created_at < to_timestamp($2::bigint / 1000.0)
  FROM outbox
 WHERE id > $1
 ORDER BY id
 LIMIT $5;
