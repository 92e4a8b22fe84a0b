-- A worker that starts knows nothing against any tracker.
UPDATE outbox_trackers
   SET breaker = 'closed',
       breaker_at = NULL,
       next_try_at = NULL,
       reason = NULL
 WHERE breaker <> 'closed' OR reason IS NOT NULL;
