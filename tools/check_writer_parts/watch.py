"""Watches a database for commits, without a trace in it and without holding anybody up."""

import os
import sqlite3
import time

from . import replica, wal

# How long an unchanged snapshot may be held while commits come: the log grows until it is let go.
LONGEST_SNAPSHOT = 2.0


class Watch:
    """Every commit between start and stop, be there thousands a second.

    A read transaction that is held open keeps SQLite from beginning the log anew, so that no commit is overwritten before it is
    read. Where the snapshot is moved on, the next one is taken before the last is let go.
    """

    def __init__(self, database, folder):
        self._database = database
        self._wal = wal.WalReader(database + "-wal")
        self._guard = self._take_first_snapshot()
        self._taken_at = time.monotonic()
        self.replica = replica.Replica(self._guard, os.path.join(folder, "replica.db"))

    def new_commits(self):
        """replica.Commits since the last call."""
        commits = [self.replica.apply(pages) for pages in self._wal.new_commits()]
        if commits and time.monotonic() - self._taken_at > LONGEST_SNAPSHOT:
            later = _snapshot(self._database)
            commits += [self.replica.apply(pages) for pages in self._wal.new_commits()]
            self._guard.close()
            self._guard, self._taken_at = later, time.monotonic()
        return commits

    def stop(self):
        self._guard.close()
        self.replica.close()

    def _take_first_snapshot(self):
        """A snapshot whose place in the log is known: no commit came between two looks at it."""
        while True:
            self._wal.new_commits()
            guard = _snapshot(self._database)
            if not self._wal.new_commits():
                return guard
            guard.close()


def _snapshot(database):
    connection = sqlite3.connect(database, timeout=60, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("BEGIN")
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return connection
