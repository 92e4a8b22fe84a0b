-- In the transaction that makes rows of what the spool held.
INSERT INTO intake_spool (only, spool_id, taken)
VALUES (1, :spool_id, :taken)
ON CONFLICT (only) DO UPDATE SET spool_id = excluded.spool_id, taken = excluded.taken;
