-- How many conversions of a tracker have one of the verdicts that people look for.
SELECT count(*)
  FROM conversions
 WHERE (verdict = 'differs' OR verdict = 'absent' OR verdict = 'unknowable')
   AND verdict = :verdict
   AND tracker = :tracker
