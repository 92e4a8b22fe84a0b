-- Unless the tracker has taken in another postback of it since it was found.
DELETE FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
   AND taken_in_at < :before
