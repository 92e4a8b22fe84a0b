-- Sending goes on. Changes nothing where it is not paused.
UPDATE outbox_trackers
   SET paused_at = NULL
 WHERE tracker = $1 AND paused_at IS NOT NULL;
