-- Brings the ledger's pages for the rows that come next into memory; of what it gives only the id is looked at. Each reader has
-- its part of the rows, 16 ids at a time.
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
