-- Lanes that nobody has, up to a fair share.
UPDATE outbox_lanes
   SET worker = $1
 WHERE lane IN (SELECT outbox_lanes.lane
                  FROM outbox_lanes
                  LEFT JOIN outbox_workers USING (worker)
                 WHERE outbox_workers.worker IS NULL
                 ORDER BY outbox_lanes.lane
                 LIMIT greatest(0, (SELECT ceil(256.0 / greatest(1, count(*))) FROM outbox_workers)::integer
                                   - (SELECT count(*) FROM outbox_lanes WHERE worker = $1)::integer));
