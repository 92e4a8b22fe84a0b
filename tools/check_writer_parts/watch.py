"""Watches a database for commits, without a trace in it and without holding anybody up."""

import contextlib
import os
import sqlite3
import time

from . import replica, wal

# A snapshot keeps the log from being copied to the database any further than to its own place, so it is renewed this often.
LONGEST_SNAPSHOT = 2.0
# While there is always some snapshot, the log is not begun anew and only grows. Beyond this many bytes it is made possible.
LARGEST_LOG = 32 << 20


class Watch:
    """Every commit between start and stop, be there thousands a second.

    A read transaction that is held open keeps SQLite from beginning the log anew, so that no commit is overwritten before it is
    read. Where the snapshot is renewed, the next one is taken before the last is let go.
    """

    def __init__(self, database, folder):
        self._database = database
        self._wal = wal.WalReader(database + "-wal")
        self._guard = self._take_first_snapshot()
        self._taken_at = time.monotonic()
        self.replica = replica.Replica(self._guard, os.path.join(folder, "replica.db"))

    def new_commits(self):
        """replica.Commits since the last call."""
        commits = self._read()
        if commits and time.monotonic() - self._taken_at > LONGEST_SNAPSHOT:
            commits += self._renew_snapshot() + self._let_log_begin_anew()
        return commits

    def stop(self):
        self._guard.close()
        self.replica.close()

    def _read(self):
        return [self.replica.apply(pages) for pages in self._wal.new_commits()]

    def _take_first_snapshot(self):
        """A snapshot whose place in the log is known: no commit came between two looks at it."""
        while True:
            self._wal.new_commits()
            guard = _snapshot(self._database)
            if not self._wal.new_commits():
                return guard
            guard.close()

    def _renew_snapshot(self):
        later = _snapshot(self._database)
        commits = self._read()
        self._guard.close()
        self._guard, self._taken_at = later, time.monotonic()
        return commits

    def _let_log_begin_anew(self):
        """Where the log is large: for the moment that it takes to copy the log's end to the database, nobody writes, and no snapshot
        is held. The next writer begins the log anew, and the snapshot that is taken then lasts."""
        if self._wal.bytes_read <= LARGEST_LOG:
            return []
        with contextlib.closing(sqlite3.connect(self._database, timeout=0.5, isolation_level=None)) as lock:
            try:
                lock.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return []  # Another time.
            commits = self._read()
            self._guard.close()
            with contextlib.closing(sqlite3.connect(self._database, timeout=0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            self._guard = _snapshot(self._database)
            lock.execute("ROLLBACK")
        return commits


def _snapshot(database):
    connection = sqlite3.connect(database, timeout=60, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return connection
