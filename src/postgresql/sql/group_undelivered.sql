-- The next rows of a tracker that ended in a state other than delivered, with their reasons, in order of id: to find those of one reason.
SELECT id, reason
  FROM outbox
 WHERE state <> 'pending' AND state <> 'delivered'
   AND state = $1
   AND tracker = $2
   AND id > $3 AND id <= $4
 ORDER BY id
 LIMIT $5;
