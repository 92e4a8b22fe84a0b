SELECT spool_id, taken
  FROM intake_spool
 WHERE only = 1;
