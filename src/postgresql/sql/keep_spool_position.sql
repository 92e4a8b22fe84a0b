-- In the transaction that makes rows of what a spool held.
INSERT INTO intake_spool (spool_id, taken)
VALUES ($1, $2)
ON CONFLICT (spool_id) DO UPDATE
   SET taken = excluded.taken,
       taken_at = excluded.taken_at;
