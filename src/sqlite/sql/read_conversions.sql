-- What each tracker has taken in of a click. Reads the whole table on purpose: it is for people.
  SELECT tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id, taken_in_at,
       verdict, verdict_at, verdict_note, check_at
    FROM conversions
   WHERE subid = :subid
     AND (:tracker IS NULL OR tracker = :tracker)
ORDER BY tracker, tid
