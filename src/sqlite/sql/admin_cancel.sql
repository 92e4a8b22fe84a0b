-- Not to be sent any more.
UPDATE outbox
   SET state = 'cancelled'
 WHERE id = :id
   AND state = 'pending'
