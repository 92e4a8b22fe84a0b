-- Pending rows of a page, each of which is in one of the two indexes at least. For a backlog that is small: all of it is sorted.
SELECT id
  FROM (SELECT id
          FROM outbox INDEXED BY outbox_ready
         WHERE state = 'pending' AND waits_for IS NULL
           AND id < :below
           AND @page_filter@
         UNION ALL
        SELECT id
          FROM outbox INDEXED BY outbox_waiting
         WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
           AND waits_for IS NOT NULL
           AND id < :below
           AND @page_filter@
       )
 ORDER BY id DESC;
