-- Since when the row that has been due for longest could be sent: of those for now the first that came, or the first of those whose
-- time has come. (A due_at of 1 means now as well: sent again.)
SELECT min(since)
  FROM (SELECT (SELECT created_at
                  FROM outbox
                 WHERE tracker = :tracker
                   AND due_at = 0
                   AND state = 'pending' AND waits_for IS NULL
                 ORDER BY id
                 LIMIT 1) AS since
         UNION ALL
        SELECT (SELECT created_at
                  FROM outbox
                 WHERE tracker = :tracker
                   AND due_at = 1
                   AND state = 'pending' AND waits_for IS NULL
                 ORDER BY id
                 LIMIT 1)
         UNION ALL
        SELECT (SELECT due_at
                  FROM outbox
                 WHERE tracker = :tracker
                   AND due_at > 1 AND due_at <= :now
                   AND state = 'pending' AND waits_for IS NULL
                 ORDER BY due_at
                 LIMIT 1));
