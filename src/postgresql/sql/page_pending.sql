-- A page of pending rows, each of which one of the two indexes has. For a backlog that is small: all of it is sorted.
SELECT @row_columns@
  FROM (SELECT *
          FROM outbox
         WHERE state = 'pending' AND waits_for IS NULL
         UNION ALL
        SELECT *
          FROM outbox
         WHERE state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL)
           AND waits_for IS NOT NULL) AS pending
 WHERE id >= $1 AND id < $2
   AND @page_filter@
 ORDER BY id DESC;
