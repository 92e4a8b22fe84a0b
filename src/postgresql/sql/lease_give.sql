-- Lanes that their worker gives away, with nothing of theirs under way.
UPDATE outbox_lanes
   SET worker = NULL
 WHERE worker = $1 AND lane = ANY ($2::smallint[]);
