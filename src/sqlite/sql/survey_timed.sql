-- The same for rows with a time of their own: scheduled, or in backoff.
SELECT id, due_at, attempts, created_at, payout, currency, reason
  FROM outbox
 WHERE tracker = :tracker
   AND due_at > 0
   AND (due_at, id) > (:after_due_at, :after_id)
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id;
