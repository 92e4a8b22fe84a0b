-- The rows that a tracker has taken in last of a click.
SELECT outbox_id, rebilled_by
  FROM conversions
 WHERE tracker = :tracker
   AND subid = :subid;
