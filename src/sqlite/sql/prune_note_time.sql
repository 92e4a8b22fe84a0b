UPDATE outbox_worker
   SET pruned_at = :time
 WHERE only = 1;
