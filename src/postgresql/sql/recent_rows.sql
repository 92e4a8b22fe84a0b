-- What became of the newest rows, for a chart. Walks back from the newest row, no further than the limit.
SELECT tracker, state, (extract(epoch FROM finished_at) * 1000)::bigint, http_status, response, reason
  FROM outbox
 ORDER BY id DESC
 LIMIT $1;
