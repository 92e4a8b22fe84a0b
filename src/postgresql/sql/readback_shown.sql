-- When the key of a tracker last showed one of ours.
SELECT (extract(epoch FROM shown_at) * 1000)::bigint
  FROM outbox_readback
 WHERE tracker = $1;
