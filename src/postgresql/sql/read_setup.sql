-- What delivery needs of the server, and what keeps it from working well.
SELECT pg_is_in_recovery(),
       current_setting('autovacuum') = 'on',
       (SELECT string_agg(relname, ', ' ORDER BY relname)
          FROM pg_class
         WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'outbox'::regclass)
           AND relname IN ('outbox', 'conversions', 'outbox_workers', 'outbox_lanes')
           AND reloptions && ARRAY['autovacuum_enabled=false', 'autovacuum_enabled=off', 'autovacuum_enabled=0']),
       (SELECT seqcache FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('outbox', 'id')::regclass),
       -- Those of other roles are hidden from one that is not in pg_read_all_stats.
       (SELECT extract(epoch FROM max(clock_timestamp() - begun))::bigint
          FROM (SELECT xact_start AS begun
                  FROM pg_stat_activity
                 WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND datname = current_database()
                 UNION ALL
                SELECT prepared
                  FROM pg_prepared_xacts
                 WHERE database = current_database()) AS open),
       (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
       coalesce((SELECT n_dead_tup FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass), 0),
       coalesce((SELECT n_live_tup FROM pg_stat_user_tables WHERE relid = 'outbox'::regclass), 0),
       (SELECT string_agg(privilege || ' ON ' || relation, ', ' ORDER BY relation, privilege)
          FROM (SELECT relation, privilege
                  FROM unnest(ARRAY['outbox', 'conversions', 'delivery_attempts', 'outbox_trackers', 'outbox_workers', 'outbox_lanes',
                                    'intake_rejects', 'intake_spool', 'outbox_readback']) AS relation
                 CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
                 UNION ALL
                VALUES ('outbox_worker', 'SELECT'), ('outbox_worker', 'UPDATE'), ('outbox_migrations', 'SELECT')) AS needed
         WHERE NOT has_table_privilege(relation, privilege)),
       current_user,
       EXISTS (SELECT 1
                 FROM pg_trigger
                WHERE tgrelid = 'outbox'::regclass AND tgname = 'outbox_notify' AND tgenabled <> 'D');
