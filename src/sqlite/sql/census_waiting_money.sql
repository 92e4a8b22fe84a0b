-- The same steps as census_waiting, with what rows behind an earlier one are worth; the others are among the ready ones.
SELECT subid,
       id,
       CASE WHEN waits_for IS NOT NULL THEN payout END AS payout,
       currency
  FROM outbox
 WHERE tracker = :tracker
   AND (subid, id) > (:after_subid, :after_id)
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY subid, id
 LIMIT :limit;
