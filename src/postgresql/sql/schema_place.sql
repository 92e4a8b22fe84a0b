-- Where tables would be made, and whether ours are in sight.
SELECT current_schema(),
       to_regclass('outbox_migrations') IS NOT NULL;
