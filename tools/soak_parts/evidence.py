"""The files in which a run is noted, one writer each, so that it can be judged when it is over, and judged again.

  app.db         the application's database: outbox, and the application's and operator's own tables; of PostgreSQL a copy of the end
  receiver.db    what the receiver got, and what troubles it had
  record.db      what was done to the worker, and how it did
  database       the address of the database; of a SQLite file there is none
  committed-N    the ids of the rows that writer N saw committed, a transaction a line

Times are milliseconds of the machine's monotonic clock, which all processes share.
"""

import os
import sqlite3
import time

APPLICATION_TABLES = """
CREATE TABLE orders (
  outbox_id INTEGER PRIMARY KEY,
  subid     TEXT    NOT NULL,
  mark      TEXT    NOT NULL,
  due_at    INTEGER NOT NULL
);
CREATE TABLE operator_edits (
  id        INTEGER PRIMARY KEY,
  outbox_id INTEGER NOT NULL,
  edit      TEXT    NOT NULL,  -- cancel, retry
  at        INTEGER NOT NULL
);
"""

RECEIVER_TABLES = """
CREATE TABLE requests (
  n           INTEGER PRIMARY KEY,  -- the order of receipt
  at          INTEGER NOT NULL,
  wall_at     INTEGER NOT NULL,     -- Unix milliseconds
  subid       TEXT    NOT NULL,
  status      TEXT    NOT NULL,
  tid         TEXT    NOT NULL,
  payout      TEXT    NOT NULL,
  mark        TEXT    NOT NULL,
  taken_in    INTEGER NOT NULL,
  answer      TEXT    NOT NULL,     -- what was planned for it: 200, 503, cut, hang …
  answered_at INTEGER,              -- NULL when no whole answer was given
  overlaps    INTEGER NOT NULL      -- another request of this click was under way, for so many ms; 0 for none
);
CREATE TABLE stalls (
  begun_at INTEGER NOT NULL,        -- the receiver itself stood still
  ended_at INTEGER NOT NULL
);
CREATE TABLE spells (
  begun_at INTEGER PRIMARY KEY,
  kind     TEXT NOT NULL
);
"""

RECORD_TABLES = """
CREATE TABLE facts (
  name  TEXT PRIMARY KEY,
  value
);
CREATE TABLE events (
  id       INTEGER PRIMARY KEY,
  what     TEXT    NOT NULL,  -- kill, stop, freeze, stall, server, connection, takeover, breaker, abandoned, writer-kill; trouble
  begun_at INTEGER NOT NULL,
  ended_at INTEGER NOT NULL,
  note     TEXT    NOT NULL
);
CREATE TABLE vitals (
  at          INTEGER PRIMARY KEY,
  phase       TEXT    NOT NULL,  -- kills, steady, draining
  pid         INTEGER NOT NULL,  -- of the worker that delivers
  rss         INTEGER NOT NULL,  -- bytes, as all sizes
  standby_rss INTEGER NOT NULL,
  descriptors INTEGER NOT NULL,
  cpu_ms      INTEGER NOT NULL,  -- of this process so far
  wal         INTEGER NOT NULL,
  rows        INTEGER NOT NULL   -- the last id
);
"""


def now_ms():
    return int(time.monotonic() * 1000)


class Folder:
    """Where the files of one run are."""

    def __init__(self, path):
        self.path = os.path.abspath(path)
        self.app_db = os.path.join(self.path, "app.db")
        self.receiver_db = os.path.join(self.path, "receiver.db")
        self.record_db = os.path.join(self.path, "record.db")
        self.config = os.path.join(self.path, "outbox.toml")
        self._address = os.path.join(self.path, "database")

    def address(self):
        """Of a PostgreSQL database; None for the file."""
        if not os.path.exists(self._address):
            return None
        with open(self._address, encoding="utf-8") as file:
            return file.read()

    def set_address(self, address):
        with open(os.open(self._address, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(address)

    def database(self):
        """As --db names it."""
        return self.address() or self.app_db

    def committed(self, writer):
        return os.path.join(self.path, f"committed-{writer}")

    def committed_files(self):
        return sorted(os.path.join(self.path, name) for name in os.listdir(self.path) if name.startswith("committed-"))


def create(path, tables):
    """A notebook that outlives its process, not the machine's power: it is not synced."""
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(tables)
    return connection


def open_to_read(path):
    if not os.path.exists(path):
        raise FileNotFoundError(f"{path} is missing: this is not the folder of a soak")
    connection = sqlite3.connect(path, timeout=60, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


class Record:
    """record.db while the run lasts. For one thread."""

    def __init__(self, path):
        self._connection = create(path, RECORD_TABLES)

    def fact(self, name, value):
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def event(self, what, begun_at=None, ended_at=None, note=""):
        begun_at = now_ms() if begun_at is None else begun_at
        self._connection.execute(
            "INSERT INTO events (what, begun_at, ended_at, note) VALUES (?, ?, ?, ?)",
            (what, begun_at, begun_at if ended_at is None else ended_at, note))

    def vitals(self, sample):
        self._connection.execute("INSERT OR IGNORE INTO vitals VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", sample)

    def count(self, what):
        return self._connection.execute("SELECT count(*) FROM events WHERE what = ?", (what,)).fetchone()[0]

    def close(self):
        self._connection.close()
