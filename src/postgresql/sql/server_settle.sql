-- Another server takes the place of the one that the workers ran on, unless another worker has said so before.
UPDATE outbox_worker
   SET server = $2
 WHERE server = $1;
