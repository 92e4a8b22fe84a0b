-- Why the newest ones of a state failed.
SELECT tracker, reason
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered' AND state = $1
 ORDER BY id DESC
 LIMIT $2;
