-- What keeps old versions of rows from being cleared away: how many there are, how long the oldest transaction has been open, and how
-- many transactions have begun since the oldest snapshot in use. What other roles do is hidden from one that is not in
-- pg_read_all_stats; prepared transactions and replication slots are not.
WITH held AS (
  SELECT xact_start AS begun, backend_xmin AS xmin
    FROM pg_stat_activity
   WHERE pid <> pg_backend_pid() AND backend_type <> 'autovacuum worker' AND (datname = current_database() OR datname IS NULL)
   UNION ALL
  SELECT prepared, transaction
    FROM pg_prepared_xacts
   WHERE database = current_database()
   UNION ALL
  SELECT NULL, xmin
    FROM pg_replication_slots
)
SELECT coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass), 0),
       (extract(epoch FROM max(clock_timestamp() - begun)) * 1000)::bigint,
       coalesce(max(age(xmin)), 0)
  FROM held;
