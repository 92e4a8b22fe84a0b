-- The next row down, so that a page does not walk through ids that nobody has.
SELECT id
  FROM outbox
 WHERE id < $1
 ORDER BY id DESC
 LIMIT 1;
