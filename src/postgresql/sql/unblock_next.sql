-- The first waiting row of each of some clicks may go. One that is scheduled or in backoff keeps its time, and those behind it keep
-- waiting.
UPDATE outbox
   SET waits_for = NULL
  FROM unnest($1::text[], $2::text[]) AS click (tracker, subid)
 CROSS JOIN LATERAL (SELECT id
                       FROM outbox
                      WHERE tracker = click.tracker
                        AND subid = click.subid
                        AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)
                      ORDER BY id
                      LIMIT 1) AS first
 WHERE outbox.id = first.id
   AND outbox.waits_for IS NOT NULL
   AND ($3::varbit IS NULL OR get_bit($3::varbit, outbox.lane) = 1);
