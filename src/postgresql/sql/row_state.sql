-- How a row stands.
SELECT state
  FROM outbox
 WHERE id = $1::bigint;
