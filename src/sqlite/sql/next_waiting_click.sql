-- The next click that has a waiting row, for the sweep: one seek per click.
SELECT tracker,
       subid
  FROM outbox
 WHERE (tracker, subid) > (:tracker, :subid)
   AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
 ORDER BY tracker, subid
 LIMIT 1;
