-- Changes whenever somebody adds or drops a table, an index or a trigger.
PRAGMA main.schema_version;
