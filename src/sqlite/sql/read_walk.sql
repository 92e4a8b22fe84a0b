-- Rows with all their columns in order of id, some at a time: for writing them out. :states is a text such as ",dead,refused,", or NULL
-- for all.
  SELECT id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,
         state, attempts, strikes, waits_for, sent_as, http_status, response, reason, finished_at, unrecorded
    FROM outbox
   WHERE id > :after
     AND (:states IS NULL OR instr(:states, ',' || state || ',') > 0)
     AND (:verdict IS NULL OR id IN (SELECT outbox_id
                                       FROM conversions
                                      WHERE (verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable')
                                        AND verdict = :verdict))
     AND (:tracker IS NULL OR tracker = :tracker)
     AND (:before IS NULL OR coalesce(finished_at, created_at) < :before)
ORDER BY id
   LIMIT :limit
