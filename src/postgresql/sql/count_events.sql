-- How many of some events have a row; one that is named twice counts twice.
SELECT count(*)
  FROM unnest($1::text[]) AS asked (event_id)
  JOIN outbox ON outbox.event_id = asked.event_id;
