-- Whether anything is left for a tracker. Each pending row is in one of the two indexes, so this is two seeks at most.
SELECT EXISTS (SELECT 1
                 FROM outbox
                WHERE tracker = $1 AND state = 'pending' AND waits_for IS NULL)
    OR EXISTS (SELECT 1
                 FROM outbox
                WHERE tracker = $1 AND state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL));
