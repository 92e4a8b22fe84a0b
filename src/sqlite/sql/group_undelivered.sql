-- Rows of a tracker that ended in a state other than delivered, with their reasons, in order of id: to find those of one reason.
SELECT id, reason
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = :state
   AND id > :after AND id <= :last_id
   AND tracker = :tracker
 ORDER BY id;
