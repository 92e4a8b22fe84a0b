-- Not to be sent any more.
UPDATE outbox
   SET state = 'cancelled'
 WHERE id = ANY ($1::bigint[])
   AND state = 'pending';
