-- Nothing is sent to it from now on. Changes nothing where it is paused already.
INSERT INTO outbox_trackers AS known (tracker, paused_at)
     VALUES ($1, to_timestamp($2::bigint / 1000.0))
ON CONFLICT (tracker) DO UPDATE
        SET paused_at = excluded.paused_at
      WHERE known.paused_at IS NULL;
