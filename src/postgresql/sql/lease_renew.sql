-- Another lease of time. Changes nothing where another worker has taken the lanes over.
UPDATE outbox_workers
   SET expires_at = clock_timestamp() + $2::bigint * interval '1 millisecond'
 WHERE worker = $1;
