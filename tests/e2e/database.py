"""The application's hand on the database file of a test."""

import collections
import sqlite3


class Database:
    """A connection to the application's file, with a patient busy time-out."""

    def __init__(self, path):
        self.path = path
        self._connection = self.connect()

    def connect(self):
        connection = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        return connection

    def close(self):
        self._connection.close()

    def execute(self, sql, *args):
        return self._connection.execute(sql, *args)

    def all(self, sql, *args):
        return [tuple(row) for row in self._connection.execute(sql, args)]

    def value(self, sql, *args):
        row = self._connection.execute(sql, args).fetchone()
        return None if row is None else row[0]

    def insert(self, **columns):
        """Inserts one row into outbox; gives its id."""
        names = ", ".join(columns)
        marks = ", ".join("?" for _ in columns)
        cursor = self._connection.execute(
            f"INSERT INTO outbox ({names}) VALUES ({marks})", tuple(columns.values())
        )
        return cursor.lastrowid

    def insert_many(self, names, rows):
        """Inserts rows in one transaction; `names` is a tuple of columns."""
        marks = ", ".join("?" for _ in names)
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(f"INSERT INTO outbox ({', '.join(names)}) VALUES ({marks})", rows)
        self._connection.execute("COMMIT")

    def row(self, row_id):
        found = self._connection.execute("SELECT * FROM outbox WHERE id = ?", (row_id,)).fetchone()
        return None if found is None else dict(found)

    def state(self, row_id):
        return self.value("SELECT state FROM outbox WHERE id = ?", row_id)

    def states(self):
        """How many rows are in which state; absent states count 0."""
        counts = collections.Counter()
        counts.update(dict(self.all("SELECT state, count(*) FROM outbox GROUP BY state")))
        return counts
