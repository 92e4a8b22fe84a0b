-- What has been applied to this file, to be held against what we know.
SELECT version,
       name,
       checksum
  FROM outbox_migrations
 ORDER BY version;
