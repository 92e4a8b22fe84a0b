-- Rows that wait for no other, of a tracker: those with a later time than a walk has come to.
    tracker = :tracker
AND due_at > :due_at
AND state = 'pending' AND waits_for IS NULL
