-- The next conversions of a tracker by key, some at a time: for counting them, and for the drift report.
  SELECT subid, tid, status, sent_status, payout, currency, outbox_id, taken_in_at, first_taken_in_at, check_at, verdict_at, verdict_note, verdict
    FROM conversions
   WHERE tracker = :tracker
     AND (subid, tid) > (:subid, :tid)
ORDER BY subid, tid
   LIMIT :limit
