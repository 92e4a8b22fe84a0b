-- When the newest attempts that failed began. The same walk.
SELECT started_at
  FROM delivery_attempts
 ORDER BY id DESC
 LIMIT :limit;
