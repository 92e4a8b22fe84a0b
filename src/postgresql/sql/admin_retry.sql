-- Sends rows again, each at once (a time of 0) or at its time, unless it has changed since it was found. All that the triggers would
-- set is set here, so that they need not write each row once more.
UPDATE outbox
   SET state       = 'pending',
       due_at      = CASE found.due_at WHEN 0 THEN timestamptz 'epoch' + interval '1 millisecond'
                                       ELSE to_timestamp(found.due_at / 1000.0) END,
       strikes     = CASE WHEN outbox.state = 'pending' THEN outbox.strikes ELSE 0 END,
       refusals    = CASE WHEN outbox.state = 'pending' THEN outbox.refusals ELSE 0 END,
       unrecorded  = CASE WHEN outbox.state = 'pending' THEN outbox.unrecorded ELSE 0 END,
       waits_for   = CASE WHEN outbox.state = 'pending' THEN outbox.waits_for END,
       reason      = CASE WHEN outbox.state = 'pending' THEN outbox.reason END,
       finished_at = CASE WHEN outbox.state = 'pending' THEN outbox.finished_at END
  FROM unnest($1::bigint[], $2::text[], $3::bigint[]) AS found (id, state, due_at)
 WHERE outbox.id = found.id
   AND outbox.state = found.state;
