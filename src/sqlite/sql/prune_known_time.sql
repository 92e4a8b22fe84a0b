-- The time that deleting by age went by last. Where it never did, the middle one of the times of the rows that came last, which a few
-- rows of a wrong clock do not move, or when the schema was made.
WITH recent AS (
  SELECT max(created_at, coalesce(finished_at, 0)) AS time
    FROM outbox
   ORDER BY id DESC
   LIMIT 1000)
SELECT coalesce((SELECT nullif(pruned_at, 0) FROM outbox_worker WHERE only = 1),
                max((SELECT max(applied_at) FROM outbox_migrations),
                    coalesce((SELECT time
                                FROM recent
                               ORDER BY time
                               LIMIT 1
                              OFFSET (SELECT (count(*) - 1) / 2 FROM recent)), 0)));
