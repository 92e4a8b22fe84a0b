-- Whether this very outcome stands there already: a commit that was reported as failed may have taken effect. It still does when an
-- operator has had the row sent again since.
SELECT (state = :state OR state = 'pending')
   AND attempts = :attempts
   AND created_at = coalesce(:created_at, created_at)
  FROM outbox
 WHERE id = :id;
