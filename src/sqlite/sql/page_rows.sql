-- A page of a long list, the newest first, within a range of ids: what one step may cost is bounded, whatever is asked for.
SELECT @row_columns@
  FROM outbox
 WHERE id >= :from AND id < :below
   AND (:state IS NULL OR state = :state)
   AND @page_filter@
 ORDER BY id DESC;
