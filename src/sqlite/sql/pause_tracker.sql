-- From now on nothing is sent to the tracker. One that is paused already keeps its time.
INSERT INTO outbox_trackers (tracker, paused_at)
     VALUES (:tracker, :now)
ON CONFLICT (tracker) DO UPDATE
        SET paused_at = excluded.paused_at
      WHERE paused_at IS NULL;
