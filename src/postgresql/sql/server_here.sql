-- Which server this is.
SELECT outbox_server();
