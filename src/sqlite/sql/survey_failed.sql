-- How many rows ended dead or refused. The index holds no others, and all that is asked for.
SELECT tracker,
       state,
       count(*) AS rows
  FROM outbox
 WHERE state = 'dead' OR state = 'refused'
 GROUP BY tracker, state;
