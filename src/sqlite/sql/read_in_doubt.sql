-- The conversions of a tracker with one of the verdicts that an index holds, below :below, those of the newest rows first.
  SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, taken_in_at,
         verdict, verdict_at, verdict_note, check_at
    FROM conversions
   WHERE (verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable')
     AND verdict = :verdict
     AND tracker = :tracker
     AND outbox_id < :below
ORDER BY outbox_id DESC
   LIMIT :limit
