-- Who joins, leaves or changes lanes does it one after another. Renewals need not wait for it.
SELECT 1
  FROM outbox_worker
   FOR UPDATE;
