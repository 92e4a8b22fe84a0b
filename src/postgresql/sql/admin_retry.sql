-- Sends rows again, each at once (a time of 0) or at its time, unless it has changed since it was found.
UPDATE outbox
   SET state = 'pending',
       due_at = CASE found.due_at WHEN 0 THEN '-infinity' ELSE to_timestamp(found.due_at / 1000.0) END
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS found (id, state, due_at)
 WHERE outbox.id = found.id
   AND outbox.state = found.state;
