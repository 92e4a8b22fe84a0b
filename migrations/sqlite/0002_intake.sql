-- What the front door (HTTP intake) keeps. The same statements stand in schema/outbox.sql, to the letter.

-- Requests that could not become rows, with the reason; `keitaro-outbox rejects --replay` tries them again. No key is in them.
CREATE TABLE intake_rejects (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  received_at INTEGER NOT NULL,
  source      TEXT    NOT NULL,                       -- its name in the configuration
  method      TEXT    NOT NULL,                       -- GET or POST
  query       TEXT    NOT NULL,                       -- what stood behind the ?, as it was sent
  body        TEXT,                                   -- of a POST, as it was sent
  reason      TEXT    NOT NULL,                       -- the rule that it breaks
  resolved_at INTEGER                                 -- when it became a row after all
) STRICT;

-- What is still to be looked at, by cause. Rejects that are resolved pay nothing for it.
CREATE INDEX intake_rejects_open ON intake_rejects (source, reason, received_at)
  WHERE resolved_at IS NULL;

-- How much of the spool, the file beside the database, has become rows: what was committed is not read a second time; one row.
CREATE TABLE intake_spool (
  only        INTEGER PRIMARY KEY CHECK (only = 1),
  spool_id    TEXT    NOT NULL,                       -- made by chance for each new file
  taken       INTEGER NOT NULL                        -- bytes from its beginning
) STRICT;
