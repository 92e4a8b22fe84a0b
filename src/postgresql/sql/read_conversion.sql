-- What a tracker took in last for one conversion.
SELECT @conversion_columns@
  FROM conversions
 WHERE tracker = $1 AND subid = $2 AND tid = $3;
