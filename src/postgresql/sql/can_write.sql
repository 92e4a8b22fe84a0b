-- Whether this role can change rows here.
SELECT has_table_privilege('outbox', 'UPDATE') AND NOT pg_is_in_recovery() AND current_setting('default_transaction_read_only') = 'off';
