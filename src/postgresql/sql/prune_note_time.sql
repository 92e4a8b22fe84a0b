-- Ages were counted from this time.
UPDATE outbox_worker
   SET pruned_at = to_timestamp($1::bigint / 1000.0);
