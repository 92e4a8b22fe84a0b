-- A walk through the rows that are scheduled, in backoff or behind an earlier one: the rest of the click it has come to. Only the
-- last kind is told what it is worth: the others were met among the ready ones.
SELECT subid,
       id,
       CASE WHEN waits_for IS NOT NULL THEN payout END AS payout,
       currency
  FROM outbox
 WHERE @waiting_same@
 ORDER BY id
 LIMIT :limit;
