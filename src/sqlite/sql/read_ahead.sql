-- Nobody looks at what this gives but the id: it brings the ledger's pages for the rows that come next into memory. Each reader has
-- every so many of them.
SELECT id,
       EXISTS (SELECT 1
                 FROM conversions
                WHERE conversions.tracker = outbox.tracker
                  AND conversions.subid = outbox.subid
                  AND conversions.tid = coalesce(outbox.tid, ''))
  FROM outbox
 WHERE tracker = :tracker
   AND due_at = 0
   AND id > :after AND id <= :up_to
   AND state = 'pending' AND waits_for IS NULL
   AND id / 16 % :readers = :reader
 ORDER BY id;
