-- The time that deleting by age went by last. Where it never did, the middle one of the times of the rows that came last, which a few
-- rows of a wrong clock do not move, or when the schema was made.
WITH recent AS (
  SELECT greatest(created_at, finished_at) AS time
    FROM outbox
   ORDER BY id DESC
   LIMIT 1000)
SELECT (extract(epoch FROM coalesce(
          (SELECT pruned_at FROM outbox_worker),
          greatest((SELECT max(applied_at) FROM outbox_migrations),
                   (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY time) FROM recent)))) * 1000)::bigint;
