-- Pending rows by tracker, currency, and whatever else is told of them, each counted once.
SELECT tracker,
       count(*) FILTER (WHERE waits_for IS NULL AND (due_at = '-infinity' OR due_at <= to_timestamp($1::bigint / 1000.0))),
       count(*) FILTER (WHERE waits_for IS NULL AND due_at > to_timestamp($1::bigint / 1000.0)),
       count(*) FILTER (WHERE waits_for IS NOT NULL),
       (extract(epoch FROM min(CASE due_at WHEN '-infinity' THEN created_at ELSE due_at END) FILTER (WHERE waits_for IS NULL AND due_at <= to_timestamp($1::bigint / 1000.0))) * 1000)::bigint,
       (extract(epoch FROM min(due_at) FILTER (WHERE waits_for IS NULL AND due_at > to_timestamp($1::bigint / 1000.0))) * 1000)::bigint,
       count(*) FILTER (WHERE due_at > to_timestamp($1::bigint / 1000.0) AND attempts = 0),
       count(*) FILTER (WHERE due_at > to_timestamp($1::bigint / 1000.0) AND attempts > 0),
       (extract(epoch FROM min(created_at)) * 1000)::bigint,
       (extract(epoch FROM min(due_at) FILTER (WHERE due_at > '-infinity' AND attempts > 0)) * 1000)::bigint,
       (extract(epoch FROM min(due_at) FILTER (WHERE due_at > '-infinity' AND attempts = 0)) * 1000)::bigint
  FROM outbox
 WHERE state = 'pending'
 GROUP BY tracker;
