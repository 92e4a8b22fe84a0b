-- When the key of a tracker last showed one of ours.
SELECT shown_at
  FROM outbox_readback
 WHERE tracker = :tracker
