-- The tracker goes on.
UPDATE outbox_trackers
   SET paused_at = NULL
 WHERE tracker = :tracker
   AND paused_at IS NOT NULL;
