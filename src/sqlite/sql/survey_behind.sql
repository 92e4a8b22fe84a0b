-- The same for rows behind an earlier one of their click.
SELECT id, due_at, attempts, created_at, payout, currency, reason, subid
  FROM outbox
 WHERE tracker = :tracker
   AND (subid, id) > (:after_subid, :after_id)
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
   AND waits_for IS NOT NULL
 ORDER BY subid, id;
