-- A worker begins. Its time is by the database's clock.
INSERT INTO outbox_workers (worker, host, pid, expires_at)
VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * interval '1 millisecond');
