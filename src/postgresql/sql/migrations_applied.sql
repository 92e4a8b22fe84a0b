-- What was applied, from the first on.
SELECT version,
       name,
       checksum
  FROM outbox_migrations
 ORDER BY version;
