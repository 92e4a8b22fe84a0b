-- When to look for due rows again.
SELECT due_at
  FROM outbox
 WHERE tracker = :tracker
   AND due_at > :now
   AND state = 'pending' AND waits_for IS NULL
 ORDER BY due_at
 LIMIT 1;
