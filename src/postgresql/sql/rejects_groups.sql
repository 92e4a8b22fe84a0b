-- What could not become rows and is unresolved, by cause.
SELECT source, reason, count(*), (extract(epoch FROM min(received_at)) * 1000)::bigint, (extract(epoch FROM max(received_at)) * 1000)::bigint, max(id)
  FROM intake_rejects
 WHERE resolved_at IS NULL
 GROUP BY source, reason
 ORDER BY count(*) DESC, source, reason;
