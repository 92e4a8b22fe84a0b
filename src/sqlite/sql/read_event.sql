-- The row that an application's event was recorded in.
SELECT id
  FROM outbox
 WHERE event_id = :event_id
