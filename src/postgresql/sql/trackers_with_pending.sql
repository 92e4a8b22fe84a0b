-- Trackers that have a row to load: one seek per tracker, where DISTINCT would read every pending row.
WITH RECURSIVE names (tracker) AS (
  (SELECT tracker
     FROM outbox
    WHERE tracker > $1 AND state = 'pending' AND waits_for IS NULL
    ORDER BY tracker
    LIMIT 1)
  UNION ALL
  SELECT (SELECT tracker
            FROM outbox
           WHERE tracker > names.tracker AND state = 'pending' AND waits_for IS NULL
           ORDER BY tracker
           LIMIT 1)
    FROM names
   WHERE names.tracker IS NOT NULL
)
SELECT tracker
  FROM names
 WHERE tracker IS NOT NULL
 LIMIT $2;
