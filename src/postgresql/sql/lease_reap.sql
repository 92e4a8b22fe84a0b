-- Workers that are late. One that records just now is left for the next look.
DELETE FROM outbox_workers
 WHERE worker IN (SELECT worker
                    FROM outbox_workers
                   WHERE expires_at < clock_timestamp()
                     FOR UPDATE SKIP LOCKED);
