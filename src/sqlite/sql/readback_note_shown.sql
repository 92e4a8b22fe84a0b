-- The key of a tracker has shown one of ours.
INSERT INTO outbox_readback (tracker, shown_at)
     VALUES (:tracker, :shown_at)
ON CONFLICT (tracker) DO UPDATE
        SET shown_at = excluded.shown_at
