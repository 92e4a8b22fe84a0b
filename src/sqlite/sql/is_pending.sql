-- Whether a row is still to be sent, now or when another has gone.
SELECT 1
  FROM outbox
 WHERE id = :id
   AND state = 'pending';
