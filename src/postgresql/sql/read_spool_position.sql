-- How much of a spool has become rows.
SELECT taken
  FROM intake_spool
 WHERE spool_id = $1;
