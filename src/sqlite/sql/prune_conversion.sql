-- Unless the tracker has taken in another postback of it since it was found, or it is to be asked after and is young enough for that.
DELETE FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
   AND taken_in_at < :before
   AND (check_at IS NULL OR taken_in_at < :asked_before)
