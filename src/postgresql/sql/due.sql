-- Scheduled rows and retries whose time has come, longest due first.
SELECT id,
       (extract(epoch FROM due_at) * 1000)::bigint
  FROM outbox
 WHERE tracker = $1
   AND due_at > '-infinity' AND due_at <= to_timestamp($2::bigint / 1000.0)
   AND state = 'pending' AND waits_for IS NULL
   AND ($4::varbit IS NULL OR get_bit($4::varbit, lane) = 1)
 ORDER BY due_at, id
 LIMIT $3;
