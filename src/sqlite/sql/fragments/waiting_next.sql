-- Rows that are scheduled, in backoff or behind an earlier one, of a tracker: the clicks after the one that a walk has come to.
    tracker = :tracker
AND subid > :subid
AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
