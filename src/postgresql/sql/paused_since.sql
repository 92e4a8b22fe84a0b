-- Since when nothing is sent to a tracker.
SELECT (extract(epoch FROM paused_at) * 1000)::bigint
  FROM outbox_trackers
 WHERE tracker = $1 AND paused_at IS NOT NULL;
