-- On which server the workers last ran: another one may lack what was recorded last. The same statements stand in
-- schema/outbox.postgresql.sql, to the letter.

ALTER TABLE outbox_worker
  ADD COLUMN server            text,                         -- as outbox_server() called it; NULL before the first worker
  ADD COLUMN starts            bigint NOT NULL DEFAULT 0;    -- of workers, so far

-- Which server this is: its system identifier, its timeline, and the table. A standby that was promoted has another timeline, and a
-- dump that was restored another table, or system too. NULL where it is not to be known.
CREATE FUNCTION outbox_server() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF pg_is_in_recovery() THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT system_identifier FROM pg_control_system())
         || '/' || ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer
         || '/' || 'outbox'::regclass::oid;
EXCEPTION
  WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    RETURN NULL;
END $$;
