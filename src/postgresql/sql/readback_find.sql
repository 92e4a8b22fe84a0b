-- One conversion.
SELECT @readback_columns@
  FROM conversions
 WHERE tracker = $1 AND subid = $2 AND tid = $3;
