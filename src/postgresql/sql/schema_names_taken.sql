-- Names that our own tables and the view need, and that something has already.
SELECT relname
  FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace
   AND relname IN ('outbox', 'conversions', 'delivery_attempts', 'outbox_trackers', 'outbox_worker', 'outbox_workers', 'outbox_lanes',
                   'intake_rejects', 'intake_spool', 'outbox_readback', 'outbox_migrations', 'outbox_status')
 ORDER BY relname;
