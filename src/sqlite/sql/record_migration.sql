-- In the transaction of the migration itself.
INSERT INTO outbox_migrations (version, name, checksum, applied_at)
VALUES (:version, :name, :checksum, CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER));
