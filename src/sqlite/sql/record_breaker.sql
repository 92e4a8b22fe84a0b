-- How sending to a tracker goes, for whoever looks into the database.
INSERT INTO outbox_trackers (tracker, breaker, breaker_at, next_try_at, reason)
     VALUES (:tracker, :breaker, :breaker_at, :next_try_at, :reason)
ON CONFLICT (tracker) DO UPDATE
        SET breaker = excluded.breaker,
            breaker_at = excluded.breaker_at,
            next_try_at = excluded.next_try_at,
            reason = excluded.reason;
