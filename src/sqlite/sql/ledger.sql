-- What the tracker last took in: moves and duplicates are judged by it.
SELECT status,
       sent_status,
       payout,
       cost,
       currency,
       params,
       rebilled,
       outbox_id
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid;
