-- The first schema: what an application writes to, what the worker knows, and a view for people.
-- The same statements stand in schema/outbox.sql, to the letter.

CREATE TABLE outbox (
  -- Yours to write.
  id          INTEGER PRIMARY KEY AUTOINCREMENT,      -- the order of sending within a click
  tracker     TEXT    NOT NULL DEFAULT 'default',     -- the destination, by its name in the worker's configuration
  campaign    TEXT,                                   -- a campaign code, for templates and macros
  subid       TEXT    NOT NULL,                       -- Keitaro's click id
  status      TEXT    NOT NULL,                       -- lead, sale, rejected, rebill; wait, hold, approve, cancel, trash
  tid         TEXT,                                   -- the transaction id; NULL and '' both mean none
  payout      TEXT,                                   -- a plain decimal such as 12.5; at most 4 places are sent
  cost        TEXT,                                   -- the same, for cost models
  currency    TEXT,                                   -- three letters
  params      TEXT,                                   -- further parameters: {"sub_id_1":"x"}
  event_id    TEXT    UNIQUE,                         -- makes a second INSERT of the same event harmless
  due_at      INTEGER NOT NULL DEFAULT 0,             -- not before this time; 0 means now
  created_at  INTEGER NOT NULL DEFAULT (CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)),

  -- The worker's. You may set state to 'cancelled', or back to 'pending' to have the row sent again.
  state       TEXT    NOT NULL DEFAULT 'pending',
  attempts    INTEGER NOT NULL DEFAULT 0,             -- requests made for this row
  strikes     INTEGER NOT NULL DEFAULT 0,             -- those that failed and are held against it; an outage adds none
  waits_for   INTEGER,                                -- the earlier row of the same click that must be done first
  sent_as     TEXT,                                   -- the Keitaro status that was, or would have been, sent
  http_status INTEGER,                                -- of the last answer
  response    TEXT,                                   -- the first 300 characters of the last answer
  reason      TEXT,                                   -- why it is refused, dead, a duplicate, or being retried
  finished_at INTEGER,                                -- when state left 'pending'

  -- After the largest id of all SQLite would take no further row.
  CONSTRAINT id_must_be_from_1_to_9223372036854775806
    CHECK (id BETWEEN 1 AND 9223372036854775806),
  CONSTRAINT tracker_is_empty
    CHECK (tracker <> ''),
  CONSTRAINT subid_must_have_1_to_255_characters
    CHECK (length(subid) BETWEEN 1 AND 255),
  CONSTRAINT subid_holds_a_macro_that_was_not_filled_in
    CHECK (instr(subid, '{') = 0 AND instr(subid, '}') = 0),
  CONSTRAINT status_must_have_1_to_100_characters
    CHECK ((status >= '0' AND length(status) <= 100) OR length(trim(status)) BETWEEN 1 AND 100),
  CONSTRAINT tid_must_have_at_most_100_characters
    CHECK (length(tid) <= 100),
  CONSTRAINT payout_must_be_a_plain_decimal_such_as_12_5
    CHECK (payout IS NULL
           OR (payout >= '0' AND payout < ':' AND substr(payout, -1) BETWEEN '0' AND '9'
               AND trim(payout, '0123456789') IS iif(instr(payout, '.'), '.', ''))
           OR (payout >= '-' AND payout < '.' AND substr(payout, 2, 1) BETWEEN '0' AND '9' AND substr(payout, -1) BETWEEN '0' AND '9'
               AND trim(ltrim(payout, '-'), '0123456789') IS iif(instr(payout, '.'), '.', ''))),
  CONSTRAINT payout_has_over_14_digits_before_the_point_or_32_characters
    CHECK (payout IS NULL OR length(payout) <= 14
           OR (instr(ltrim(payout, '-') || '.', '.') <= 15 AND length(payout) <= 32)),
  CONSTRAINT cost_must_be_a_plain_decimal_such_as_12_5
    CHECK (cost IS NULL
           OR (cost >= '0' AND cost < ':' AND substr(cost, -1) BETWEEN '0' AND '9'
               AND trim(cost, '0123456789') IS iif(instr(cost, '.'), '.', ''))
           OR (cost >= '-' AND cost < '.' AND substr(cost, 2, 1) BETWEEN '0' AND '9' AND substr(cost, -1) BETWEEN '0' AND '9'
               AND trim(ltrim(cost, '-'), '0123456789') IS iif(instr(cost, '.'), '.', ''))),
  CONSTRAINT cost_has_over_14_digits_before_the_point_or_32_characters
    CHECK (cost IS NULL OR length(cost) <= 14
           OR (instr(ltrim(cost, '-') || '.', '.') <= 15 AND length(cost) <= 32)),
  CONSTRAINT currency_must_be_three_letters
    CHECK (currency IS NULL OR (currency GLOB '[A-Za-z][A-Za-z][A-Za-z]'
           -- Both have the file's encoding. length() alone stops at a NUL.
           AND length(CAST(currency AS BLOB)) = length(CAST('usd' AS BLOB)))),
  CONSTRAINT params_must_be_a_json_object
    CHECK (params IS NULL OR (json_valid(params) AND json_type(params) = 'object')),
  CONSTRAINT params_must_not_repeat_what_has_a_column_or_return
    CHECK (params IS NULL OR NOT json_valid(params) OR coalesce(
           json_type(params, '$.subid'), json_type(params, '$.status'), json_type(params, '$.tid'),
           json_type(params, '$.payout'), json_type(params, '$.revenue'), json_type(params, '$.cost'),
           json_type(params, '$.currency'), json_type(params, '$.return')) IS NULL),
  CONSTRAINT event_id_is_empty
    CHECK (event_id <> ''),
  CONSTRAINT due_at_must_be_unix_milliseconds
    CHECK (due_at >= 0),
  CONSTRAINT state_is_not_pending_delivered_duplicate_refused_dead_cancelled
    CHECK (state = 'pending' OR state = 'delivered' OR state = 'duplicate'      -- IN (…) takes SQLite twice as long
           OR state = 'refused' OR state = 'dead' OR state = 'cancelled'),
  CONSTRAINT attempts_must_be_from_0_to_1000000000
    CHECK (attempts BETWEEN 0 AND 1000000000),
  CONSTRAINT strikes_must_be_from_0_to_1000000000
    CHECK (strikes BETWEEN 0 AND 1000000000)
) STRICT;

-- What can be sent, tracker by tracker, in the order in which it came. It follows id and time, so it costs next to nothing.
CREATE INDEX outbox_ready ON outbox (tracker, due_at, id)
  WHERE state = 'pending' AND waits_for IS NULL;

-- What waits, click by click: scheduled, in backoff, or behind an earlier row. Small on purpose: an index over all pending
-- rows by click would halve the speed of the whole.
CREATE INDEX outbox_waiting ON outbox (tracker, subid, id)
  WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL);

-- What ended otherwise than delivered, so that people find it at once among millions that did. Rows that are delivered pay nothing
-- for it.
CREATE INDEX outbox_undelivered ON outbox (state, id, tracker)
  WHERE state <> 'pending' AND state <> 'delivered';

-- The facts of a row stay as they were written.
CREATE TRIGGER outbox_facts_are_fixed
BEFORE UPDATE OF id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, created_at ON outbox
WHEN OLD.id IS NOT NEW.id OR OLD.tracker IS NOT NEW.tracker OR OLD.campaign IS NOT NEW.campaign
  OR OLD.subid IS NOT NEW.subid OR OLD.status IS NOT NEW.status OR OLD.tid IS NOT NEW.tid
  OR OLD.payout IS NOT NEW.payout OR OLD.cost IS NOT NEW.cost OR OLD.currency IS NOT NEW.currency
  OR OLD.params IS NOT NEW.params OR OLD.event_id IS NOT NEW.event_id OR OLD.created_at IS NOT NEW.created_at
BEGIN
  SELECT RAISE(ABORT, 'the facts of an outbox row cannot be changed: cancel it and insert another (state and due_at can be set)');
END;

-- UPDATE outbox SET state = 'pending' …: a row that is sent again starts with a clean sheet.
CREATE TRIGGER outbox_sent_again
AFTER UPDATE OF state ON outbox
WHEN NEW.state = 'pending' AND OLD.state <> 'pending'
BEGIN
  UPDATE outbox
     SET strikes = 0, waits_for = NULL, reason = NULL, finished_at = NULL
   WHERE id = NEW.id;
END;

-- UPDATE outbox SET due_at = 0 …: now, though not by the order in which rows came. A time of 1 means the same, and keeps the row
-- among those that wait, in sight of the later ones of its click, which may stand ready to be sent.
CREATE TRIGGER outbox_due_at_once
AFTER UPDATE OF state, due_at ON outbox
WHEN NEW.state = 'pending' AND NEW.due_at = 0
BEGIN
  UPDATE outbox
     SET due_at = 1
   WHERE id = NEW.id;
END;

-- UPDATE outbox SET state = 'cancelled' … (the worker sets finished_at itself): the click's next row need not wait any more.
CREATE TRIGGER outbox_taken_out
AFTER UPDATE OF state ON outbox
WHEN OLD.state = 'pending' AND NEW.state <> 'pending' AND NEW.finished_at IS NULL
BEGIN
  UPDATE outbox
     SET waits_for = NULL, finished_at = CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)
   WHERE id = NEW.id;
  UPDATE outbox
     SET waits_for = NULL
   WHERE id = (SELECT id
                 FROM outbox
                WHERE tracker = NEW.tracker AND subid = NEW.subid
                  AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
                ORDER BY id
                LIMIT 1);
END;

CREATE TRIGGER outbox_deleted
AFTER DELETE ON outbox
WHEN OLD.state = 'pending'
BEGIN
  UPDATE outbox
     SET waits_for = NULL
   WHERE id = (SELECT id
                 FROM outbox
                WHERE tracker = OLD.tracker AND subid = OLD.subid
                  AND state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL)
                ORDER BY id
                LIMIT 1);
END;

-- What the tracker last took in, a row for each conversion. Moves and duplicates are judged by it. subid and tid are those of the
-- requests, which differ from the columns of outbox where a template or click_dashes says so.
CREATE TABLE conversions (
  tracker     TEXT    NOT NULL,
  subid       TEXT    NOT NULL,
  tid         TEXT    NOT NULL DEFAULT '',            -- '' for none
  status      TEXT    NOT NULL,                       -- the Keitaro status
  sent_status TEXT    NOT NULL,                       -- the value of status= in the request; differs in the raw style
  payout      TEXT,
  cost        TEXT,
  currency    TEXT,
  params      TEXT,                                   -- sorted by name
  rebilled_by INTEGER,                                -- the row whose rebill was taken in, whatever came after it
  outbox_id   INTEGER NOT NULL,                       -- the row it was sent for
  taken_in_at INTEGER NOT NULL,
  PRIMARY KEY (tracker, subid, tid),
  CONSTRAINT status_must_be_lead_sale_rejected_or_rebill
    CHECK (status = 'lead' OR status = 'sale' OR status = 'rejected' OR status = 'rebill')
) STRICT, WITHOUT ROWID;

-- Attempts that failed, one row each.
CREATE TABLE delivery_attempts (
  id          INTEGER PRIMARY KEY,
  outbox_id   INTEGER NOT NULL,
  attempt     INTEGER NOT NULL,                       -- counts as outbox.attempts does
  started_at  INTEGER NOT NULL,
  latency_ms  INTEGER NOT NULL,
  http_status INTEGER,                                -- NULL when no answer came
  error       TEXT    NOT NULL,
  response    TEXT
) STRICT;

CREATE UNIQUE INDEX delivery_attempts_of_row ON delivery_attempts (outbox_id, attempt);

-- How each tracker does: a row for each that is paused, or that has been in trouble. To pause one by hand:
--     INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', 1) ON CONFLICT (tracker) DO UPDATE SET paused_at = 1;
-- and to let it go on:  UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = 'default';
CREATE TABLE outbox_trackers (
  tracker     TEXT    PRIMARY KEY,
  paused_at   INTEGER,                                -- yours: while it is set, nothing is sent
  breaker     TEXT    NOT NULL DEFAULT 'closed',      -- the worker's: 'open' means that sending stopped until next_try_at
  breaker_at  INTEGER,                                -- since when it is so
  next_try_at INTEGER,
  reason      TEXT,                                   -- what the tracker answered last before it opened
  CONSTRAINT breaker_must_be_closed_open_probing_or_ramping
    CHECK (breaker IN ('closed', 'open', 'probing', 'ramping'))
) STRICT, WITHOUT ROWID;

-- What the worker keeps to know this database again, and to see when it was restored from an older copy; one row.
CREATE TABLE outbox_worker (
  only        INTEGER PRIMARY KEY CHECK (only = 1),
  database_id TEXT    NOT NULL,                       -- made by chance, once; every copy of the file has the same
  recorded    INTEGER NOT NULL DEFAULT 0,             -- groups of outcomes committed; the file beside the database knows it too
  CONSTRAINT recorded_must_be_from_0_to_1000000000000000
    CHECK (recorded BETWEEN 0 AND 1000000000000000)
) STRICT;

INSERT INTO outbox_worker (only, database_id) VALUES (1, lower(hex(randomblob(16))));

CREATE TABLE outbox_migrations (
  version    INTEGER PRIMARY KEY,
  name       TEXT    NOT NULL,
  checksum   TEXT    NOT NULL,                        -- SHA-256 of the migration's file
  applied_at INTEGER NOT NULL
) STRICT;

-- For people: how much is where, and how old the oldest pending row is. The SELECT is one line: drizzle-kit reads no other.
CREATE VIEW outbox_status AS
SELECT tracker, state, count(*) AS rows, CASE WHEN state = 'pending' THEN CAST(round((julianday('now') - 2440587.5) * 86400 - min(created_at) / 1000.0) AS INTEGER) END AS oldest_pending_seconds FROM outbox GROUP BY tracker, state ORDER BY tracker, state;
