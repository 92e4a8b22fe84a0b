-- What the tracker last took in for one conversion, as requests carry its subid and tid.
SELECT status,
       sent_status,
       payout,
       cost,
       currency,
       params,
       rebilled_by,
       outbox_id
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid;
