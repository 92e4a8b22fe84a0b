-- Tells listening workers (wake = "notify") of each commit that inserted rows, so that they need not wait for their next look. As the
-- role that owns the tables, once:
--     psql -f schema/outbox.postgresql-notify.sql
-- Its price: transactions that notify commit one after the other, in the whole database. So it is no part of the schema. To be rid of it:
--     DROP FUNCTION outbox_notify CASCADE;
BEGIN;

CREATE OR REPLACE FUNCTION outbox_notify() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('outbox_' || TG_RELID, '');
  RETURN NULL;
END $$;

CREATE OR REPLACE TRIGGER outbox_notify
AFTER INSERT ON outbox
FOR EACH STATEMENT
EXECUTE FUNCTION outbox_notify();

COMMIT;
