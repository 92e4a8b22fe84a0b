-- Finished rows by tracker and state, and those delivered ones whose answer lacked the text asked for. Reads the whole table.
SELECT tracker, state, count(*), count(*) FILTER (WHERE state = 'delivered' AND reason IS NOT NULL)
  FROM outbox
 WHERE state <> 'pending'
 GROUP BY tracker, state;
