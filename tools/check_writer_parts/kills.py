"""kill -9 at random moments, each time on a copy: is what the command left, and what a repeat makes of it, as without the kill?"""

import collections
import contextlib
import os
import random
import sqlite3

from . import command as commands
from . import database, history_rules, wal
from .findings import wrong

_FACTS = "tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id"

# The rule that every row breaks in one of the trials.
_RULE = "tracker_is_empty"

# `rows` counts each row's facts; `tables` is {table of the application: its rows, sorted}.
State = collections.namedtuple("State", "rows tables")


class KillTrials:
    def __init__(self, path, folder, command, timeout, business_tables, seed=None):
        """`path` is a copy of the database as it was before the command ever ran."""
        self._origin, self._folder, self._command, self._timeout = path, folder, command, timeout
        self._random = random.Random(seed)
        self._business = business_tables
        self._before = _state(path, business_tables)
        copy = self._fresh_copy("whole")
        self.whole = self._run(copy)
        self._after = _state(copy, business_tables)
        self.keeps_wal = database.in_wal_mode(copy)
        self._run(copy)
        # Of a command that stands for another event each time, a repeat after a kill tells nothing.
        self.repeatable = _state(copy, business_tables).rows == self._after.rows

    @property
    def adds_rows(self):
        return self._after.rows != self._before.rows

    def findings(self, count):
        met = collections.Counter(filter(None, map(self._trial, range(count))))
        return [wrong("kill", f"killed at {count} moments: in {times} of them {text}", advice) for (text, advice), times in met.items()]

    def findings_where_every_row_breaks_a_rule(self):
        """Runs the command on a copy whose outbox takes no row. A writer that hears of it fails."""
        if not self.adds_rows:
            return
        copy = self._fresh_copy("refusing")
        _refuse_every_row(copy)
        run = self._run(copy)
        # SQLite's own error names the rule, and append() of the library says it in words.
        told = any(words in run.output for words in ("constraint failed", _RULE, _RULE.replace("_", " ")))
        if run.code == 0 and not run.timed_out and not told and _state(copy, self._business).rows == self._before.rows:
            yield wrong(
                "ignore",
                "where the outbox turned each row away, the command said nothing and ended with 0: a row that breaks a rule is lost",
                "write INSERT … ON CONFLICT DO NOTHING, not INSERT OR IGNORE, and do not swallow the error")

    def _trial(self, number):
        """(What is wrong, what to do), or None."""
        copy = self._fresh_copy("killed")
        log = wal.WalReader(copy + "-wal")
        if number % 2:
            moment = self._random.uniform(0, self.whole.seconds)
            self._run(copy, lambda seconds: seconds >= moment)
        else:  # Between two commits is where it hurts, and chance seldom hits it.
            self._run(copy, lambda seconds: bool(log.new_commits()))
        left = _state(copy, self._business)
        if found := self._out_of_step(left):
            return found
        if not self.repeatable:
            return None
        self._run(copy)
        return self._after_repeat(_state(copy, self._business))

    def _out_of_step(self, left):
        tables = [name for name in self._after.tables if self._after.tables[name] != self._before.tables[name]]
        if not tables or not self.adds_rows:
            return None
        named = ", ".join(tables)
        done = all(len(left.tables[name]) == len(self._after.tables[name]) and left.tables[name] != self._before.tables[name] for name in tables)
        untouched = all(left.tables[name] == self._before.tables[name] for name in tables)
        if done and left.rows != self._after.rows and sum(left.rows.values()) < sum(self._after.rows.values()):
            return f"{named} was written, and postbacks were missing", _ONE_TRANSACTION
        if untouched and left.rows != self._before.rows:
            return f"postbacks were in the outbox, and {named} was not written", _ONE_TRANSACTION
        return None

    def _after_repeat(self, state):
        missing = self._after.rows - state.rows
        more = state.rows - self._after.rows
        if missing:
            count = f"{sum(missing.values())} of {sum(self._after.rows.values())}"
            return f"rows were still missing after a repeat of the command ({count})", _ONE_TRANSACTION
        if more:
            return (f"there were rows too many after a repeat of the command ({sum(more.values())})",
                    "give each event an event_id that is the same at each repeat, and insert with ON CONFLICT DO NOTHING")
        return None

    def _run(self, path, kill_when=None):
        return commands.run(commands.with_database(self._command, path), self._timeout, kill_when=kill_when)

    def _fresh_copy(self, name):
        path = os.path.join(self._folder, name + ".db")
        for suffix in ("", "-wal", "-shm", "-outbox-lock"):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path + suffix)
        copy_database(self._origin, path)
        return path


_ONE_TRANSACTION = "write both between one BEGIN IMMEDIATE and its COMMIT, on one connection"


def copy_database(origin, path):
    """A consistent copy, in WAL mode as the origin."""
    with contextlib.closing(sqlite3.connect(origin, timeout=60)) as source, contextlib.closing(sqlite3.connect(path)) as target:
        source.backup(target)
        if source.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
            target.execute("PRAGMA journal_mode = WAL")


def _refuse_every_row(path):
    """Turns the rule of the tracker's name into one that no row keeps."""
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA writable_schema = ON")
        db.execute(
            "UPDATE sqlite_schema SET sql = replace(sql, ?, 'CHECK (tracker IS NULL)') WHERE name = 'outbox'", ("CHECK (tracker <> '')",))
        db.execute("PRAGMA writable_schema = RESET")


def _state(path, business_tables):
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as db:
        names = list(business_tables) or [
            row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
            if row[0] not in history_rules.OUTBOX_TABLES
        ]
        tables = {name: sorted(map(repr, db.execute('SELECT * FROM "' + name.replace('"', '""') + '"'))) for name in names}
        return State(collections.Counter(db.execute(f"SELECT {_FACTS} FROM outbox")), tables)
