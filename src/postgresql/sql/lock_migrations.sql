-- One process at a time changes the schema. The number is ours by chance; the lock ends with the transaction.
SELECT pg_advisory_xact_lock(7305809916240573);
