-- What could not become rows and is unresolved, by cause.
  SELECT source, reason, count(*), min(received_at), max(received_at), max(id)
    FROM intake_rejects
   WHERE resolved_at IS NULL
GROUP BY source, reason
ORDER BY count(*) DESC, source, reason
