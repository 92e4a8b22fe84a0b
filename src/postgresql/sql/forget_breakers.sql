-- A worker that starts where no other is there knows nothing against any tracker. Where another is, what stands here is of that one.
UPDATE outbox_trackers
   SET breaker = 'closed',
       breaker_at = NULL,
       next_try_at = NULL,
       reason = NULL
 WHERE (breaker <> 'closed' OR reason IS NOT NULL)
   AND NOT EXISTS (SELECT 1
                     FROM outbox_workers
                    WHERE worker <> $1
                      AND expires_at >= clock_timestamp());
