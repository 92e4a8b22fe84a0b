-- Rows that were found by their ids some time ago (each may have been cancelled, blocked or finished since), in the order asked for,
-- and the first other row of the click that waits. OFFSET 0 has each looked up by its id: by statistics that are out of date, as those
-- of a queue mostly are, the planner would go through all that is pending instead.
SELECT @loaded_columns@
  FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
 CROSS JOIN LATERAL (SELECT * FROM outbox WHERE id = asked.id OFFSET 0) AS outbox
 WHERE outbox.state = 'pending' AND outbox.waits_for IS NULL
   AND ($2::varbit IS NULL OR get_bit($2::varbit, outbox.lane) = 1)
 ORDER BY asked.place;
