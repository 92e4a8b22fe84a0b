-- Whether this very outcome stands there already: a commit that was reported as failed may have taken effect.
SELECT state = :state
   AND attempts = :attempts
  FROM outbox
 WHERE id = :id;
