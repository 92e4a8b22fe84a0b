-- The first schema for PostgreSQL: what an application writes to, what the workers know, and a view for people. It has what the
-- migrations for SQLite have up to 0003_setbacks.sql, in PostgreSQL's own types, and what several workers need.
-- The same statements stand in schema/outbox.postgresql.sql, to the letter.

CREATE TABLE outbox (
  -- Yours to write.
  id          bigint         GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,  -- the order of sending within a click
  tracker     text           NOT NULL DEFAULT 'default',     -- the destination, by its name in the worker's configuration
  campaign    text,                                          -- a campaign code, for templates and macros
  subid       text           NOT NULL,                       -- Keitaro's click id
  status      text           NOT NULL,                       -- lead, sale, rejected, rebill; wait, hold, approve, cancel, trash
  tid         text,                                          -- the transaction id; NULL and '' both mean none
  payout      numeric,                                       -- at most 4 places are sent
  cost        numeric,                                       -- the same, for cost models
  currency    text,                                          -- three letters
  params      jsonb,                                         -- further parameters: {"sub_id_1":"x"}
  event_id    text           UNIQUE,                         -- makes a second INSERT of the same event harmless
  due_at      timestamptz(3) NOT NULL DEFAULT '-infinity',   -- not before this time; '-infinity' means now
  created_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),

  -- The workers'. You may set state to 'cancelled', or back to 'pending' to have the row sent again.
  state       text           NOT NULL DEFAULT 'pending',
  attempts    integer        NOT NULL DEFAULT 0,             -- requests made for this row
  strikes     integer        NOT NULL DEFAULT 0,             -- those that failed and are held against it; an outage adds none
  refusals    integer        NOT NULL DEFAULT 0,             -- of these, the answers 400 and 422: three end the row
  unrecorded  integer        NOT NULL DEFAULT 0,             -- times that the outcome of its last request could not be written
  waits_for   bigint,                                        -- the earlier row of the same click that must be done first
  sent_as     text,                                          -- the Keitaro status that was, or would have been, sent
  http_status integer,                                       -- of the last answer
  response    text,                                          -- the first 300 characters of the last answer
  reason      text,                                          -- why it is refused, dead, a duplicate, or being retried
  finished_at timestamptz(3),                                -- when state left 'pending'
  -- The share of the work that the row belongs to: all rows of a click are in one lane, and a lane has one worker at a time.
  lane        smallint       NOT NULL GENERATED ALWAYS AS ((hashtextextended(subid, hashtextextended(tracker, 0)) & 255)::smallint) STORED,

  CONSTRAINT id_must_be_from_1_to_9223372036854775806
    CHECK (id BETWEEN 1 AND 9223372036854775806),
  CONSTRAINT tracker_is_empty
    CHECK (tracker <> ''),
  CONSTRAINT subid_must_have_1_to_255_characters
    CHECK (char_length(subid) BETWEEN 1 AND 255),
  CONSTRAINT subid_holds_a_macro_that_was_not_filled_in
    CHECK (strpos(subid, '{') = 0 AND strpos(subid, '}') = 0),
  CONSTRAINT status_must_have_1_to_100_characters
    CHECK (char_length(btrim(status)) BETWEEN 1 AND 100),
  CONSTRAINT tid_must_have_at_most_100_characters
    CHECK (char_length(tid) <= 100),
  -- The type takes these three, and no other text that is not a decimal.
  CONSTRAINT payout_must_be_a_plain_decimal_such_as_12_5
    CHECK (payout NOT IN ('NaN', 'Infinity', '-Infinity')),
  CONSTRAINT payout_has_over_14_digits_before_the_point_or_32_characters
    CHECK (payout IN ('NaN', 'Infinity', '-Infinity')
           OR (payout > -100000000000000 AND payout < 100000000000000 AND char_length(payout::text) <= 32)),
  CONSTRAINT cost_must_be_a_plain_decimal_such_as_12_5
    CHECK (cost NOT IN ('NaN', 'Infinity', '-Infinity')),
  CONSTRAINT cost_has_over_14_digits_before_the_point_or_32_characters
    CHECK (cost IN ('NaN', 'Infinity', '-Infinity')
           OR (cost > -100000000000000 AND cost < 100000000000000 AND char_length(cost::text) <= 32)),
  CONSTRAINT currency_must_be_three_letters
    CHECK (currency COLLATE "C" ~ '^[A-Za-z]{3}$'),
  CONSTRAINT params_must_be_a_json_object
    CHECK (jsonb_typeof(params) = 'object'),
  CONSTRAINT params_must_not_repeat_what_has_a_column_or_return
    CHECK (jsonb_typeof(params) <> 'object'
           OR NOT params ?| ARRAY['subid', 'status', 'tid', 'payout', 'revenue', 'cost', 'currency', 'return']),
  CONSTRAINT event_id_is_empty
    CHECK (event_id <> ''),
  -- On SQLite the column holds Unix milliseconds. 'infinity' is no time that comes.
  CONSTRAINT due_at_must_be_unix_milliseconds
    CHECK (due_at = '-infinity' OR (due_at >= 'epoch' AND due_at < 'infinity')),
  CONSTRAINT state_is_not_pending_delivered_duplicate_refused_dead_cancelled
    CHECK (state IN ('pending', 'delivered', 'duplicate', 'refused', 'dead', 'cancelled')),
  CONSTRAINT attempts_must_be_from_0_to_1000000000
    CHECK (attempts BETWEEN 0 AND 1000000000),
  CONSTRAINT strikes_must_be_from_0_to_1000000000
    CHECK (strikes BETWEEN 0 AND 1000000000)
) WITH (
  -- A row is updated once or twice and then stays, on its own page where there is room: the WAL then holds only what has changed.
  -- What it was before is cleared away early: a queue whose dead rows pile up is slow.
  fillfactor = 60,
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.05,
  autovacuum_analyze_threshold = 2000,
  autovacuum_analyze_scale_factor = 0.02,
  autovacuum_vacuum_cost_delay = 1
);

-- What can be sent, tracker by tracker, in the order in which it came.
CREATE INDEX outbox_ready ON outbox (tracker, due_at, id)
  WHERE state = 'pending' AND waits_for IS NULL;

-- What waits, click by click: scheduled, in backoff, or behind an earlier row. Small on purpose.
CREATE INDEX outbox_waiting ON outbox (tracker, subid, id)
  WHERE state = 'pending' AND (due_at > '-infinity' OR waits_for IS NOT NULL);

-- What ended otherwise than delivered, so that people find it at once among millions that did.
CREATE INDEX outbox_undelivered ON outbox (state, id, tracker)
  WHERE state <> 'pending' AND state <> 'delivered';

-- The triggers name the table by the schema that it is in: the search_path may be another one when they fire. They all fire AFTER the
-- row was written: one that fires BEFORE costs every update of the workers a lock of the row, and `lane` computed once more.

-- The facts of a row stay as they were written.
CREATE FUNCTION outbox_facts_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the facts of an outbox row cannot be changed: cancel it and insert another (state and due_at can be set)'
    USING ERRCODE = 'restrict_violation', SCHEMA = TG_TABLE_SCHEMA, TABLE = TG_TABLE_NAME;
END $$;

CREATE TRIGGER outbox_facts_are_fixed
AFTER UPDATE OF id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, created_at ON outbox
FOR EACH ROW
WHEN (OLD.id <> NEW.id OR OLD.tracker <> NEW.tracker OR OLD.campaign IS DISTINCT FROM NEW.campaign
      OR OLD.subid <> NEW.subid OR OLD.status <> NEW.status OR OLD.tid IS DISTINCT FROM NEW.tid
      OR OLD.payout IS DISTINCT FROM NEW.payout OR OLD.cost IS DISTINCT FROM NEW.cost
      OR OLD.currency IS DISTINCT FROM NEW.currency OR OLD.params IS DISTINCT FROM NEW.params
      OR OLD.event_id IS DISTINCT FROM NEW.event_id OR OLD.created_at <> NEW.created_at)
EXECUTE FUNCTION outbox_facts_are_fixed();

-- UPDATE outbox SET state = 'pending' …: a row that is sent again starts with a clean sheet.
CREATE FUNCTION outbox_sent_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I.outbox
                     SET strikes = 0, refusals = 0, unrecorded = 0, waits_for = NULL, reason = NULL, finished_at = NULL
                   WHERE id = $1', TG_TABLE_SCHEMA)
    USING NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER outbox_sent_again
AFTER UPDATE OF state ON outbox
FOR EACH ROW
WHEN (NEW.state = 'pending' AND OLD.state <> 'pending'
      AND (NEW.strikes <> 0 OR NEW.refusals <> 0 OR NEW.unrecorded <> 0 OR NEW.waits_for IS NOT NULL OR NEW.reason IS NOT NULL
           OR NEW.finished_at IS NOT NULL))
EXECUTE FUNCTION outbox_sent_again();

-- UPDATE outbox SET due_at = '-infinity' …: now, though not by the order in which rows came. A time long past means the same, and
-- keeps the row among those that wait, in sight of the later ones of its click, which may stand ready to be sent.
CREATE FUNCTION outbox_due_at_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE %I.outbox SET due_at = timestamptz ''epoch'' + interval ''1 millisecond'' WHERE id = $1', TG_TABLE_SCHEMA)
    USING NEW.id;
  RETURN NULL;
END $$;

CREATE TRIGGER outbox_due_at_once
AFTER UPDATE OF state, due_at ON outbox
FOR EACH ROW
WHEN (NEW.state = 'pending' AND NEW.due_at = '-infinity')
EXECUTE FUNCTION outbox_due_at_once();

-- UPDATE outbox SET state = 'cancelled' … (the worker sets finished_at itself): the click's next row need not wait any more.
CREATE FUNCTION outbox_taken_out() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    EXECUTE format('UPDATE %I.outbox SET waits_for = NULL, finished_at = clock_timestamp() WHERE id = $1', TG_TABLE_SCHEMA)
      USING OLD.id;
  END IF;
  EXECUTE format('UPDATE %1$I.outbox
                     SET waits_for = NULL
                   WHERE id = (SELECT id
                                 FROM %1$I.outbox
                                WHERE tracker = $1 AND subid = $2
                                  AND state = ''pending'' AND (due_at > ''-infinity'' OR waits_for IS NOT NULL)
                                ORDER BY id
                                LIMIT 1)
                     AND waits_for IS NOT NULL', TG_TABLE_SCHEMA)
    USING OLD.tracker, OLD.subid;
  RETURN NULL;
END $$;

CREATE TRIGGER outbox_taken_out
AFTER UPDATE OF state ON outbox
FOR EACH ROW
WHEN (OLD.state = 'pending' AND NEW.state <> 'pending' AND NEW.finished_at IS NULL)
EXECUTE FUNCTION outbox_taken_out();

CREATE TRIGGER outbox_deleted
AFTER DELETE ON outbox
FOR EACH ROW
WHEN (OLD.state = 'pending')
EXECUTE FUNCTION outbox_taken_out();

-- What the tracker last took in, a row for each conversion. Moves and duplicates are judged by it. subid and tid are those of the
-- requests, which differ from the columns of outbox where a template or click_dashes says so.
CREATE TABLE conversions (
  tracker     text           NOT NULL,
  subid       text           NOT NULL,
  tid         text           NOT NULL DEFAULT '',            -- '' for none
  status      text           NOT NULL,                       -- the Keitaro status
  sent_status text           NOT NULL,                       -- the value of status= in the request; differs in the raw style
  payout      numeric,
  cost        numeric,
  currency    text,
  params      text,                                          -- sorted by name
  rebilled_by bigint,                                        -- the row whose rebill was taken in, whatever came after it
  outbox_id   bigint         NOT NULL,                       -- the row it was sent for
  taken_in_at timestamptz(3) NOT NULL,
  PRIMARY KEY (tracker, subid, tid),
  CONSTRAINT status_must_be_lead_sale_rejected_or_rebill
    CHECK (status IN ('lead', 'sale', 'rejected', 'rebill'))
) WITH (
  fillfactor = 85,                                           -- room for a sale after its lead
  autovacuum_vacuum_threshold = 2000,
  autovacuum_vacuum_scale_factor = 0.02
);

-- Attempts that failed, one row each.
CREATE TABLE delivery_attempts (
  id          bigint         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  outbox_id   bigint         NOT NULL,
  attempt     integer        NOT NULL,                       -- counts as outbox.attempts does
  started_at  timestamptz(3) NOT NULL,
  latency_ms  bigint         NOT NULL,
  http_status integer,                                       -- NULL when no answer came
  error       text           NOT NULL,
  response    text
);

CREATE UNIQUE INDEX delivery_attempts_of_row ON delivery_attempts (outbox_id, attempt);

-- How each tracker does: a row for each that is paused, or that has been in trouble. To pause one by hand:
--     INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', now()) ON CONFLICT (tracker) DO UPDATE SET paused_at = now();
-- and to let it go on:  UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = 'default';
CREATE TABLE outbox_trackers (
  tracker     text           PRIMARY KEY,
  paused_at   timestamptz(3),                                -- yours: while it is set, nothing is sent
  breaker     text           NOT NULL DEFAULT 'closed',      -- the worker's: 'open' means that sending stopped until next_try_at
  breaker_at  timestamptz(3),                                -- since when it is so
  next_try_at timestamptz(3),
  reason      text,                                          -- what the tracker answered last before it opened
  CONSTRAINT breaker_must_be_closed_open_probing_or_ramping
    CHECK (breaker IN ('closed', 'open', 'probing', 'ramping'))
);

-- What the workers keep to know this database again; one row.
CREATE TABLE outbox_worker (
  only_one    boolean        PRIMARY KEY DEFAULT true CHECK (only_one),
  database_id text           NOT NULL,                       -- made by chance, once; every copy of the database has the same
  pruned_at   timestamptz(3)                                 -- the time that deleting by age went by last: a clock far beyond is doubted
);

INSERT INTO outbox_worker (database_id) VALUES (replace(gen_random_uuid()::text, '-', ''));

-- The workers that share the rows. Who has no row here that lasts, whatever it believes, changes nothing: each recording asks for
-- it, and locks it, and who takes the lanes of a worker that is late deletes its row first.
CREATE TABLE outbox_workers (
  worker      text           PRIMARY KEY,                    -- made by chance at each start, so that nobody is taken for another
  host        text           NOT NULL,
  pid         integer        NOT NULL,
  started_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
  expires_at  timestamptz(3) NOT NULL                        -- by the database's clock
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 100, autovacuum_vacuum_scale_factor = 0);

-- Which worker has which lane; none where `worker` is NULL or has no row in outbox_workers.
CREATE TABLE outbox_lanes (
  lane        smallint       PRIMARY KEY CHECK (lane BETWEEN 0 AND 255),
  worker      text
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);

INSERT INTO outbox_lanes (lane) SELECT generate_series(0, 255);

-- Requests to the front door (HTTP intake) that could not become rows, with the reason; `keitaro-outbox rejects --replay` tries them
-- again. No key is in them.
CREATE TABLE intake_rejects (
  id          bigint         GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
  received_at timestamptz(3) NOT NULL,
  source      text           NOT NULL,                       -- its name in the configuration
  method      text           NOT NULL,                       -- GET or POST
  query       text           NOT NULL,                       -- what stood behind the ?, as it was sent
  body        text,                                          -- of a POST, as it was sent
  reason      text           NOT NULL,                       -- the rule that it breaks
  resolved_at timestamptz(3)                                 -- when it became a row after all
);

-- What is still to be looked at, by cause. Rejects that are resolved pay nothing for it.
CREATE INDEX intake_rejects_open ON intake_rejects (source, reason, received_at)
  WHERE resolved_at IS NULL;

-- How much of each spool, a file beside a front door, has become rows: what was committed is not read a second time.
CREATE TABLE intake_spool (
  spool_id    text           PRIMARY KEY,                    -- made by chance for each new file
  taken       bigint         NOT NULL,                       -- bytes from its beginning
  taken_at    timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE outbox_migrations (
  version     integer        PRIMARY KEY,
  name        text           NOT NULL,
  checksum    text           NOT NULL,                       -- SHA-256 of the migration's file
  applied_at  timestamptz(3) NOT NULL DEFAULT clock_timestamp()
);

-- For people: how much is where, and how old the oldest pending row is.
CREATE VIEW outbox_status AS
SELECT tracker,
       state,
       count(*) AS rows,
       CASE WHEN state = 'pending' THEN extract(epoch FROM clock_timestamp() - min(created_at))::bigint END AS oldest_pending_seconds
  FROM outbox
 GROUP BY tracker, state
 ORDER BY tracker, state;
