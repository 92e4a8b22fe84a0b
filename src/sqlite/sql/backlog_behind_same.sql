-- The same for rows behind an earlier one of their click: the rest of the click that the walk has come to.
SELECT id, due_at, attempts, created_at, payout, currency, reason, subid
  FROM outbox
 WHERE @waiting_same@
   AND waits_for IS NOT NULL
 ORDER BY id;
