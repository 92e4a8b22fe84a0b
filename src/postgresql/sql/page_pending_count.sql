-- Whether the backlog is small: counts no further than $1 in each of the two indexes of pending rows.
SELECT (SELECT count(*) FROM (SELECT FROM outbox WHERE state = 'pending' AND waits_for IS NULL LIMIT $1) AS ready)
     + (SELECT count(*) FROM (SELECT FROM outbox WHERE state = 'pending' AND waits_for IS NOT NULL LIMIT $1) AS blocked);
