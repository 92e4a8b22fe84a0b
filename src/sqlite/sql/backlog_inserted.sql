-- What came since the last look.
SELECT tracker,
       count(*) AS rows
  FROM outbox
 WHERE id > :after
 GROUP BY tracker;
