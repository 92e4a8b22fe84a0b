-- The time that deleting by age went by last. Where it never did, the newest of the rows that came last, or when the schema was made.
SELECT coalesce((SELECT nullif(pruned_at, 0) FROM outbox_worker WHERE only = 1),
                max((SELECT max(applied_at) FROM outbox_migrations),
                    (SELECT coalesce(max(max(created_at, coalesce(finished_at, 0))), 0)
                       FROM (SELECT created_at, finished_at FROM outbox ORDER BY id DESC LIMIT 1000))));
