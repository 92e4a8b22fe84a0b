-- Rows that are scheduled, in backoff or behind an earlier one, of a tracker: what is left of the click that a walk has come to.
    tracker = :tracker
AND subid = :subid
AND id > :id
AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
