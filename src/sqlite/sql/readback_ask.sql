-- A person wishes to have a conversion asked after that never was, or that nothing could be known of.
UPDATE conversions
   SET check_at = :now,
       verdict = 'unchecked',
       verdict_at = NULL,
       verdict_note = NULL
 WHERE tracker = :tracker
   AND subid = :subid
   AND tid = :tid
   AND check_at IS NULL
   AND (verdict = 'unchecked' OR verdict = 'unknowable')
