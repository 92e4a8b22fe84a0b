-- Rows that wait for no other, of a tracker: what is left of those with the time that a walk has come to.
    tracker = :tracker
AND due_at = :due_at
AND id > :id
AND state = 'pending' AND waits_for IS NULL
