"""The application's database, as its writers, the operator and the conductor use it: a SQLite file, or PostgreSQL."""

import contextlib
import json
import os
import sqlite3
import time

from . import evidence
from .evidence import now_ms

RECENT = 3000  # Rows, counted back from the newest, that the operator may change.


class ConnectionLost(Exception):
    """Whether the transaction was committed is not known."""


def open_database(folder):
    """A connection for one process and thread, to where the folder says that the database is."""
    if folder.address() is None:
        return SqliteDatabase(folder)
    from .postgresql import PostgresqlDatabase  # pylint: disable=import-outside-toplevel  # It needs this module.
    return PostgresqlDatabase(folder)


class SqliteDatabase:
    def __init__(self, folder):
        self._path = folder.app_db
        self._connection = sqlite3.connect(self._path, timeout=60, isolation_level=None)

    def create_tables(self):
        evidence.create(self._path, evidence.APPLICATION_TABLES).close()

    # --- the application

    def insert(self, steps):
        """All in one transaction, with the application's own rows. Gives the ids; an event that was there before has none."""
        self._connection.execute("BEGIN IMMEDIATE")
        ids = [row for row in map(self._insert, steps) if row is not None]
        self._connection.execute("COMMIT")
        return ids

    def _insert(self, step):
        due_at = due_time(step)
        cursor = self._connection.execute(
            "INSERT INTO outbox (subid, status, tid, payout, currency, params, event_id, due_at)"
            " VALUES (?, ?, nullif(?, ''), nullif(?, ''), 'usd', ?, nullif(?, ''), ?) ON CONFLICT DO NOTHING",
            (step.subid, step.status, step.tid, step.payout, params_of(step), step.event_id, due_at))
        if cursor.rowcount == 0:
            return None  # The same event again.
        self._connection.execute("INSERT INTO orders VALUES (?, ?, ?, ?)", (cursor.lastrowid, step.subid, step.mark, due_at))
        return cursor.lastrowid

    def take_back(self, subid, pause):
        """A transaction that comes to nothing: nobody may ever hear of its row."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.execute(
            "INSERT INTO outbox (subid, status, params) VALUES (?, 'sale', '{\"sub_id_1\":\"taken-back\"}')", (subid,))
        time.sleep(pause)
        self._connection.execute("ROLLBACK")

    # --- the operator

    def cancel(self):
        self._change("cancel", """
            UPDATE outbox SET state = 'cancelled'
             WHERE id IN (SELECT id FROM outbox WHERE id > ? AND state = 'pending' ORDER BY random() LIMIT 2) AND state = 'pending'
            RETURNING id""")

    def retry(self, state):
        self._change("retry", """
            UPDATE outbox SET state = 'pending', due_at = 0
             WHERE id IN (SELECT id FROM outbox WHERE id > ? AND state = ? ORDER BY random() LIMIT 2) AND state <> 'pending'
            RETURNING id""", state)

    def _change(self, edit, sql, *args):
        recent = self.rows() - RECENT
        self._connection.execute("BEGIN IMMEDIATE")
        rows = self._connection.execute(sql, (recent, *args)).fetchall()
        self._connection.executemany(
            "INSERT INTO operator_edits (outbox_id, edit, at) VALUES (?, ?, ?)", [(row, edit, now_ms()) for (row,) in rows])
        self._connection.execute("COMMIT")

    # --- the conductor

    def rows(self):
        """Committed so far, as the last id tells: an event that comes twice may use one up."""
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        return found[0] if found else 0

    def pending(self):
        return self._connection.execute(
            "SELECT (SELECT count(*) FROM outbox WHERE state = 'pending' AND due_at = 0 AND waits_for IS NULL)"
            " + (SELECT count(*) FROM outbox WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL))").fetchone()[0]

    def log_bytes(self):
        """Of the write-ahead log."""
        return size(self._path + "-wal")

    def bytes(self):
        return size(self._path)

    def leave_evidence(self):
        """The file itself is the evidence."""

    def close(self):
        self._connection.close()


def due_time(step):
    """Unix milliseconds; 0 for at once."""
    return int((time.time() + step.due_in) * 1000) if step.due_in else 0


def params_of(step):
    return json.dumps({"sub_id_1": step.mark})


def size(path):
    with contextlib.suppress(OSError):
        return os.stat(path).st_size
    return 0
