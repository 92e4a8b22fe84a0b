-- How each tracker does.
SELECT tracker, (extract(epoch FROM paused_at) * 1000)::bigint, breaker, (extract(epoch FROM breaker_at) * 1000)::bigint, (extract(epoch FROM next_try_at) * 1000)::bigint, reason
  FROM outbox_trackers
 ORDER BY tracker;
