-- Rows behind it are not meant.
SELECT coalesce(max(id), 0)
  FROM outbox;
