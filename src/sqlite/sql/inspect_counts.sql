-- How much is where. Reads the whole table on purpose: people ask for it now and then, and no index should be paid for by every row.
  SELECT tracker,
         state,
         count(*) AS rows,
         min(CASE WHEN state = 'pending' THEN created_at END) AS oldest_created_at,
         min(CASE WHEN state = 'pending' AND attempts > 0 AND due_at > 1 THEN due_at END) AS next_retry_at,
         min(CASE WHEN state = 'pending' AND attempts = 0 AND due_at > 1 THEN due_at END) AS next_scheduled_at,
         sum(state = 'delivered' AND reason IS NOT NULL) AS marked
    FROM outbox
GROUP BY tracker, state
ORDER BY tracker, state
