-- The same walk: the clicks after it.
SELECT subid,
       id,
       CASE WHEN waits_for IS NOT NULL THEN payout END AS payout,
       currency
  FROM outbox
 WHERE tracker = :tracker
   AND subid > :subid
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY subid, id
 LIMIT :limit;
