-- The same steps as census_ready, with what the rows are worth; so each row is read.
SELECT due_at,
       id,
       payout,
       currency
  FROM outbox
 WHERE tracker = :tracker
   AND (due_at, id) > (:after_due_at, :after_id)
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at, id
 LIMIT :limit;
