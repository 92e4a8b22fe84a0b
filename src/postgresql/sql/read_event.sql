-- The row of an event.
SELECT id
  FROM outbox
 WHERE event_id = $1;
