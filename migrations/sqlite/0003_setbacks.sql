-- What went wrong with a row beyond its failures, and a time to doubt clocks by. The same statements stand in schema/outbox.sql, to
-- the letter.

-- Of a row's strikes those that were 400 or 422: three of these end it, whatever else it has met.
ALTER TABLE outbox ADD COLUMN refusals INTEGER NOT NULL DEFAULT 0;

-- How often what came of its last request could not be written, because a trigger of the application fails, say.
ALTER TABLE outbox ADD COLUMN unrecorded INTEGER NOT NULL DEFAULT 0;

-- UPDATE outbox SET state = 'pending' …: a row that is sent again starts with a clean sheet.
DROP TRIGGER outbox_sent_again;
CREATE TRIGGER outbox_sent_again
AFTER UPDATE OF state ON outbox
WHEN NEW.state = 'pending' AND OLD.state <> 'pending'
BEGIN
  UPDATE outbox
     SET strikes = 0, refusals = 0, unrecorded = 0, waits_for = NULL, reason = NULL, finished_at = NULL
   WHERE id = NEW.id;
END;

-- The time that deleting by age went by last. A clock far beyond it is doubted.
ALTER TABLE outbox_worker ADD COLUMN pruned_at INTEGER NOT NULL DEFAULT 0;
