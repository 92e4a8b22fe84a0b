-- The channel on which the trigger of schema/outbox.postgresql-notify.sql tells of commits, one for each outbox of a database; and
-- whether that trigger is there.
SELECT 'outbox_' || 'outbox'::regclass::oid,
       EXISTS (SELECT 1
                 FROM pg_trigger
                WHERE tgrelid = 'outbox'::regclass AND tgname = 'outbox_notify' AND tgenabled <> 'D');
