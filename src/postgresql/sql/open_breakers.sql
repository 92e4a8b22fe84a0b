-- Trackers that took in nothing when the last worker ended. The table has a row for each tracker: a handful.
SELECT tracker, (extract(epoch FROM breaker_at) * 1000)::bigint, reason
  FROM outbox_trackers
 WHERE breaker IN ('open', 'probing')
 ORDER BY tracker;
