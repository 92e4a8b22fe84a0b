-- Everything that somebody made in this database, with the text that made it.
SELECT name, type, sql
  FROM sqlite_schema
 WHERE sql IS NOT NULL;
