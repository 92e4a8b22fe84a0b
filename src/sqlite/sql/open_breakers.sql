-- Trackers that took in nothing when the last worker ended. The table has a row for each tracker: a handful.
SELECT tracker, breaker_at, reason
  FROM outbox_trackers
 WHERE breaker IN ('open', 'probing');
