-- The conversions of a tracker with one of the verdicts that an index holds, below :below, those of the newest rows first.
  SELECT @conversion_columns@
    FROM conversions
   WHERE (verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable')
     AND verdict = :verdict
     AND tracker = :tracker
     AND outbox_id < :below
ORDER BY outbox_id DESC
   LIMIT :limit
