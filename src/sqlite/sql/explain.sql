-- Tells the row's reader why it is not sent.
UPDATE outbox
   SET reason = :reason
 WHERE id = :id;
