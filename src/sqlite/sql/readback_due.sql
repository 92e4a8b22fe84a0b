-- The conversions of a tracker that are to be asked after, those first that have been so longest.
  SELECT subid, tid, status, sent_status, payout, currency, outbox_id, taken_in_at, first_taken_in_at, check_at, verdict_at, verdict_note, verdict
    FROM conversions
   WHERE tracker = :tracker
     AND check_at IS NOT NULL
     AND check_at <= :now
ORDER BY check_at
   LIMIT :limit
