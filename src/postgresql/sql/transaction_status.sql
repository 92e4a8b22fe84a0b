-- What became of a transaction: 'committed', 'aborted', 'in progress', or NULL where it is too long ago.
SELECT pg_xact_status($1::xid8);
