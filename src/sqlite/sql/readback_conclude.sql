-- What a look at the tracker's records says of a conversion, unless the tracker has taken in another postback of it meanwhile.
UPDATE conversions
   SET verdict = :verdict,
       verdict_at = :now,
       verdict_note = :note,
       check_at = :check_at
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
   AND outbox_id = :outbox_id
   AND taken_in_at = :taken_in_at
