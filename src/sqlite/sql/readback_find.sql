-- One conversion.
SELECT @readback_columns@
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
