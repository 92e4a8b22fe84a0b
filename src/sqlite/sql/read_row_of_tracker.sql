-- Whether any row at all names a tracker. Asked where no index knows the name: most likely it is misspelt, and all rows are read.
SELECT 1
  FROM outbox
 WHERE tracker = :tracker
 LIMIT 1;
