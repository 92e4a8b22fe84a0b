-- Nothing is to be kept of it any more.
UPDATE intake_rejects
   SET resolved_at = to_timestamp($2::bigint / 1000.0)
 WHERE id = $1::bigint AND resolved_at IS NULL;
