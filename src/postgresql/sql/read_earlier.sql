-- The first pending row of the click that goes before a given one.
SELECT min(id)
  FROM (SELECT id
          FROM outbox
         WHERE tracker = $1 AND subid = $2 AND id < $3
           AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)
         UNION ALL
        SELECT id
          FROM outbox
         WHERE tracker = $1 AND subid = $2 AND id < $3 AND due_at = '-infinity'
           AND state = 'pending' AND waits_for IS NULL) AS earlier;
