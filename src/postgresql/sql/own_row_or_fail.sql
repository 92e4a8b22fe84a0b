-- The fence of a transaction that is sent as a whole: without the row it fails, by a division by zero.
SELECT 1 / count(*)
  FROM (SELECT
          FROM outbox_workers
         WHERE worker = $1
           FOR KEY SHARE) AS own;
