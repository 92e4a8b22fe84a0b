-- What waits for one tracker, for people who look every second: counted, and the ends found, by the two indexes of pending rows
-- alone, but for the rows that are due longest. A row with a time of its own is in both indexes. A due_at of 1 means now: sent again.
SELECT (SELECT count(*)
          FROM outbox
         WHERE tracker = :tracker AND due_at = 0
           AND state = 'pending' AND waits_for IS NULL) AS fresh,
       (SELECT count(*)
          FROM outbox
         WHERE tracker = :tracker AND due_at > 0 AND due_at <= :now
           AND state = 'pending' AND waits_for IS NULL) AS due_by_time,
       (SELECT count(*)
          FROM outbox
         WHERE tracker = :tracker AND due_at > :now
           AND state = 'pending' AND waits_for IS NULL) AS later,
       (SELECT count(*)
          FROM outbox
         WHERE tracker = :tracker
           AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)) AS with_time_or_behind,
       (SELECT created_at
          FROM outbox
         WHERE tracker = :tracker AND due_at = 0
           AND state = 'pending' AND waits_for IS NULL
         ORDER BY id
         LIMIT 1) AS first_fresh_at,
       (SELECT created_at
          FROM outbox
         WHERE tracker = :tracker AND due_at = 1
           AND state = 'pending' AND waits_for IS NULL
         ORDER BY id
         LIMIT 1) AS first_again_at,
       (SELECT max(due_at, created_at)
          FROM outbox
         WHERE tracker = :tracker AND due_at > 1 AND due_at <= :now
           AND state = 'pending' AND waits_for IS NULL
         ORDER BY due_at
         LIMIT 1) AS first_due_at,
       (SELECT due_at
          FROM outbox
         WHERE tracker = :tracker AND due_at > :now
           AND state = 'pending' AND waits_for IS NULL
         ORDER BY due_at
         LIMIT 1) AS next_at;
