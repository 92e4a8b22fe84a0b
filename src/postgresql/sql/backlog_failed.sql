-- Rows that failed, by tracker. The index holds no others than these and what was cancelled or a duplicate.
SELECT tracker, state, count(*)
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered' AND state IN ('dead', 'refused')
 GROUP BY tracker, state;
