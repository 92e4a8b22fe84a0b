-- Trackers to which nothing is sent. The table has a row for each tracker that was ever paused or in trouble: a handful.
SELECT tracker
  FROM outbox_trackers
 WHERE paused_at IS NOT NULL;
