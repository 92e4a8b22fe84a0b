-- Each row to be sent now, as they came, after the one that was read last. Read to the end, or for as long as there is time.
SELECT id, due_at, attempts, created_at, payout, currency, reason
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id > :after_id
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY id;
