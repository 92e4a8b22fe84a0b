-- How many conversions of a tracker have each of the verdicts that people look for.
SELECT verdict, count(*)
  FROM conversions
 WHERE verdict IN ('differs', 'absent', 'unknowable')
   AND tracker = $1
 GROUP BY verdict;
