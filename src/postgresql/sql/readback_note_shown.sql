-- The key of a tracker has shown one of ours.
INSERT INTO outbox_readback (tracker, shown_at)
VALUES ($1, to_timestamp($2::bigint / 1000.0))
ON CONFLICT (tracker) DO UPDATE
   SET shown_at = excluded.shown_at;
