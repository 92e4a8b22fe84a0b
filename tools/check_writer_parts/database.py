"""The database itself, before and after: is it fit to hold an outbox, and did it stay so?"""

import contextlib
import os
import sqlite3

from . import locks
from .findings import wrong

# In the repository, and where cmake --install lays it.
_SCHEMAS = (
    os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "schema", "outbox.sql"),
    "/usr/local/share/keitaro-outbox/outbox.sql",
    "/usr/share/keitaro-outbox/outbox.sql",
)


class Unfit(Exception):
    """The database cannot be looked at; the text says what to do."""


def open_to_look(path, timeout=60):
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def require_outbox(path):
    if not os.path.isfile(path):
        raise Unfit(f"{path} is not there: run keitaro-outbox init --db {path}, or correct --db")
    if not os.access(path, os.R_OK | os.W_OK):
        raise Unfit(f"{path} cannot be read and written by this user, as SQLite needs it even for looking")
    try:
        with contextlib.closing(open_to_look(path)) as db:
            if not db.execute("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'outbox'").fetchone():
                raise Unfit(f"{path} has no outbox: run keitaro-outbox init --db {path}")
    except sqlite3.Error as error:
        raise Unfit(f"{path} cannot be read: {error}") from None


def require_tables(path, names):
    with contextlib.closing(open_to_look(path)) as db:
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for name in names:
        if name not in tables:
            raise Unfit(f"--business-table {name}: {path} has no table of this name")


def in_wal_mode(path):
    with contextlib.closing(open_to_look(path)) as db:
        return db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def findings(path, mounts=None):
    """What is wrong with the file whoever writes to it."""
    if not in_wal_mode(path):
        yield wrong("journal_mode", "journal_mode is not WAL: your program and the worker hold each other up",
                    f"run keitaro-outbox init --db {path}, and let no program set journal_mode")
    kind = locks.network_file_system(path, mounts)
    if kind:
        yield wrong(
            "file_system",
            f"the file is on a network file system ({kind}), where SQLite's locks and log cannot be relied on",
            "keep the database on a local disk")
    with contextlib.closing(open_to_look(path)) as db:
        yield from _schema_findings(path, db)


def _schema_findings(path, db):
    ours, theirs = _expected_schema(), _schema(db)
    for name, (kind, sql) in ours.items():
        if name not in theirs:
            yield wrong(
                "schema",
                f"the {kind} {name} of the outbox is missing",
                f"run keitaro-outbox init --db {path} on a fresh file, and let nothing drop it")
        elif theirs[name][1] != sql:
            yield wrong(
                "schema",
                f"the {kind} {name} differs from the outbox's schema",
                "leave the outbox's tables as keitaro-outbox init makes them")
    of_outbox = {row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'outbox'")}
    for name in sorted(of_outbox - set(ours)):
        yield wrong(
            "schema",
            f"there is a trigger {name} on outbox that is not the outbox's own: it runs at each of the worker's writes too",
            "do in your own transaction what it does, and drop it")


def _expected_schema():
    found = [path for path in _SCHEMAS if os.path.exists(path)]
    if not found:
        raise Unfit("schema/outbox.sql is not there to compare with: keep tools/check-writer in its repository")
    with open(found[0], encoding="utf-8") as file, contextlib.closing(sqlite3.connect(":memory:")) as db:
        db.executescript(file.read())
        return _schema(db)


def _schema(db):
    """{name: (kind, SQL)} of all that was made by a statement."""
    rows = db.execute("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'").fetchall()
    return {name: (kind, sql) for name, kind, sql in rows}
