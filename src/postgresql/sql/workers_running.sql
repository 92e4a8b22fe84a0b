-- Workers that are not late, on whatever host.
SELECT count(*)
  FROM outbox_workers
 WHERE expires_at >= clock_timestamp();
