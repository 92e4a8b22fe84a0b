-- A worker starts on this server, or goes on with it though it may lack something.
UPDATE outbox_worker
   SET server = outbox_server(),
       starts = starts + 1
RETURNING starts;
