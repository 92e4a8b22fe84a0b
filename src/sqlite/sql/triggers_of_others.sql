-- Whether the application has triggers of its own on what the worker writes to.
SELECT EXISTS (SELECT 1
                 FROM sqlite_schema
                WHERE type = 'trigger'
                  AND tbl_name IN ('outbox', 'conversions', 'delivery_attempts', 'outbox_trackers', 'outbox_worker')
                  AND name NOT IN ('outbox_facts_are_fixed', 'outbox_sent_again', 'outbox_due_at_once',
                                   'outbox_taken_out', 'outbox_deleted'));
