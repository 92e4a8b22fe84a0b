-- Takes rows out of what is loaded until the earlier row of their click is done.
UPDATE outbox
   SET waits_for = blocked.waits_for
  FROM unnest($1::bigint[], $2::bigint[]) AS blocked (id, waits_for)
 WHERE outbox.id = blocked.id
   AND outbox.state = 'pending';
