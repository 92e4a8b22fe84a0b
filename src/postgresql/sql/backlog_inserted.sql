-- Rows that came since the last look.
SELECT tracker, count(*)
  FROM outbox
 WHERE id > $1::bigint
 GROUP BY tracker;
