-- How many workers there are that are not late, whether this one is among them, and whether lanes are to be had.
SELECT (SELECT count(*) FROM outbox_workers WHERE expires_at >= clock_timestamp()),
       EXISTS (SELECT 1 FROM outbox_workers WHERE worker = $1),
       EXISTS (SELECT 1
                 FROM outbox_lanes
                 LEFT JOIN outbox_workers USING (worker)
                WHERE outbox_workers.worker IS NULL OR outbox_workers.expires_at < clock_timestamp());
