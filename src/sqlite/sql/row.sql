-- A row that was found by its id some time ago: it may have been cancelled, parked or finished since.
SELECT id,
       tracker,
       campaign,
       subid,
       status,
       tid,
       payout,
       cost,
       currency,
       params,
       due_at,
       created_at,
       attempts,
       strikes
  FROM outbox
 WHERE id = :id
   AND state = 'pending' AND waits_for IS NULL;
