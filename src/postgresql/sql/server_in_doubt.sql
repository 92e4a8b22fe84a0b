-- Whether this server is another one than the workers last ran on.
SELECT coalesce(server <> outbox_server(), false)
  FROM outbox_worker;
