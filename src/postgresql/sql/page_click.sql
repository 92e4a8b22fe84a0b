-- Those rows of a click that indexes find: what trackers took in of it last, and what waits for a time or for another.
SELECT @row_columns@
  FROM outbox
 WHERE id IN (SELECT unnest(ARRAY[outbox_id, rebilled_by])
                FROM conversions
               WHERE tracker = ANY ($2::text[]) AND subid = $1
               UNION
              SELECT id
                FROM outbox
               WHERE tracker = ANY ($2::text[]) AND subid = $1
                 AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL))
 ORDER BY id;
