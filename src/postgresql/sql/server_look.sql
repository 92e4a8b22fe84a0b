-- On which server the workers last ran, how many have started there, and which one this is.
SELECT server, starts, outbox_server()
  FROM outbox_worker;
