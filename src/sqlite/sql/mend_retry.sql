-- Send again, now, unless the row has changed since it was found.
UPDATE outbox
   SET state = 'pending',
       due_at = 0
 WHERE id = :id
   AND state = :state
