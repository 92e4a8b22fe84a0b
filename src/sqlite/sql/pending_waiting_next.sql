-- The same walk: the clicks after it.
SELECT subid,
       id,
       CASE WHEN waits_for IS NOT NULL THEN payout END AS payout,
       currency
  FROM outbox
 WHERE @waiting_next@
 ORDER BY subid, id
 LIMIT :limit;
