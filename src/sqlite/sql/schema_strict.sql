-- Whether a table takes nothing but what its columns say.
SELECT strict
  FROM pragma_table_list
 WHERE name = :table
   AND schema = 'main';
