-- The workers that share the rows, the oldest first, with how many lanes each has and how long its lease lasts.
SELECT host,
       pid,
       (SELECT count(*) FROM outbox_lanes WHERE outbox_lanes.worker = outbox_workers.worker),
       (extract(epoch FROM started_at) * 1000)::bigint,
       (extract(epoch FROM expires_at - clock_timestamp()) * 1000)::bigint
  FROM outbox_workers
 ORDER BY started_at, worker;
