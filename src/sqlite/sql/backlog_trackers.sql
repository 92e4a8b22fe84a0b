-- How each tracker does: a row for each that is paused, or that has been in trouble.
SELECT tracker, paused_at, breaker, breaker_at, next_try_at, reason
  FROM outbox_trackers
 ORDER BY tracker;
