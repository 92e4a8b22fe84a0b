-- What one tracker last took in for one conversion.
SELECT @conversion_columns@
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
