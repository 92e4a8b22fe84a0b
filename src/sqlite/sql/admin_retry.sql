-- Send again, at once (:due_at 0) or then, unless the row has changed since it was found.
UPDATE outbox
   SET state = 'pending',
       due_at = :due_at
 WHERE id = :id
   AND state = :state
