-- How sending to a tracker goes, for people who look into the database. A worker that has not seen its own breaker change, as at
-- its start, takes nothing back that another has found.
INSERT INTO outbox_trackers (tracker, breaker, breaker_at, next_try_at, reason)
     VALUES ($1, $2, to_timestamp($3::bigint / 1000.0), to_timestamp($4::bigint / 1000.0), $5)
ON CONFLICT (tracker) DO UPDATE
        SET breaker = excluded.breaker,
            breaker_at = excluded.breaker_at,
            next_try_at = excluded.next_try_at,
            reason = excluded.reason
      WHERE excluded.breaker_at IS NOT NULL OR outbox_trackers.breaker = 'closed';
