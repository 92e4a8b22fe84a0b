-- The page of the file that holds the identity: whoever overwrites the file changes it.
SELECT rootpage
  FROM sqlite_schema
 WHERE type = 'table'
   AND name = 'outbox_worker';
