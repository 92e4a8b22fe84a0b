-- The newest id: what is changed in one go ends here.
SELECT coalesce(max(id), 0) AS last_id
  FROM outbox
