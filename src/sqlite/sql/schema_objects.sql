-- Which of our names are there, whoever made them.
SELECT name
  FROM sqlite_schema
 WHERE name IN ('outbox', 'outbox_status', 'conversions', 'delivery_attempts', 'outbox_migrations',
                'outbox_trackers', 'outbox_worker', 'intake_rejects', 'intake_spool', 'outbox_readback')
 ORDER BY name;
