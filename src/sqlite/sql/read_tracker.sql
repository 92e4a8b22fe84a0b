-- How one tracker does.
SELECT tracker, paused_at, breaker, breaker_at, next_try_at, reason
  FROM outbox_trackers
 WHERE tracker = :tracker;
