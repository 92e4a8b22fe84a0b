-- Rows of a tracker that are to be sent now and wait for no other, as they came: those after a given one.
    tracker = :tracker
AND due_at = 0
AND id > :after
AND state = 'pending' AND waits_for IS NULL
