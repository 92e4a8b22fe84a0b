-- What delivery needs of the server, and what keeps it from working well.
SELECT pg_is_in_recovery(),
       current_setting('autovacuum') = 'on',
       (SELECT seqcache FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('outbox', 'id')::regclass),
       (SELECT extract(epoch FROM max(clock_timestamp() - xact_start))::bigint
          FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()),
       (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
       coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass), 0),
       coalesce((SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass), 0);
