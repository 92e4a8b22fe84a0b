-- Whether any table refers to what is pruned by a foreign key; its name may be in any case.
SELECT EXISTS (SELECT 1
                 FROM main.sqlite_schema AS t
                 JOIN pragma_foreign_key_list(t.name, 'main') AS f
                WHERE t.type = 'table'
                  AND lower(f."table") IN ('outbox', 'delivery_attempts', 'conversions', 'intake_rejects'))
