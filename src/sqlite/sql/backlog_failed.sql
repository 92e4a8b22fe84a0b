-- How many rows ended dead or refused. The index holds all that is asked for, and none that were delivered.
SELECT tracker,
       state,
       count(*) AS rows
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND (state = 'dead' OR state = 'refused')
 GROUP BY tracker, state;
