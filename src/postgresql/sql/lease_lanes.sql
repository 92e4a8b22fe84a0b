-- The lanes of a worker.
SELECT lane
  FROM outbox_lanes
 WHERE worker = $1
 ORDER BY lane;
