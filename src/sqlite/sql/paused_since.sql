-- Since when a tracker is paused.
SELECT paused_at
  FROM outbox_trackers
 WHERE tracker = :tracker
   AND paused_at IS NOT NULL;
