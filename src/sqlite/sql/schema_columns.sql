-- The columns of one table.
SELECT name, type
  FROM pragma_table_info(:table);
