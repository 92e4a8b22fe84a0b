-- Each row that waits for no other, by its time and as they came: the rest of those with the time that the walk has come to. Read
-- to the end, or for as long as there is time.
SELECT id, due_at, attempts, created_at, payout, currency, reason
  FROM outbox
 WHERE @ready_same@
 ORDER BY id;
