-- Unless the row was sent again since it was found.
DELETE FROM outbox
 WHERE id = :id
   AND state <> 'pending'
   AND coalesce(finished_at, created_at) < :before
