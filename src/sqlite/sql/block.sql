-- Takes a row out of what is loaded until the earlier row of its click is done.
UPDATE outbox
   SET waits_for = :waits_for
 WHERE id = :id
   AND state = 'pending';
