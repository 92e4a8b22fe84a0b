-- Run twice in one transaction, with 1 and -1: a page is written, and says what it said before. One that sets the same value would
-- not write any.
UPDATE outbox_worker
   SET recorded = recorded + :change
 WHERE only = 1;
