"""A private copy of the database that is brought forward commit by commit, so that what each commit did can be asked by SQL."""

import collections
import contextlib
import os
import sqlite3

from . import btree

# Of a row of outbox that was not there before: all columns by name. `gone` are ids that were there. `tables` are those whose pages
# changed, indexes with them; UNKNOWN stands for the overflow of long rows and for free pages, which may be any table's.
Commit = collections.namedtuple("Commit", "tables rows gone")

UNKNOWN = "(unknown)"

# With more rows than this, only ids above the highest one are looked at commit by commit.
MANY_ROWS = 20_000


class Replica:
    def __init__(self, guard, path):
        """Copies what `guard`, a connection within a read transaction, sees."""
        self.path = path
        with contextlib.closing(sqlite3.connect(path)) as copy:
            guard.backup(copy)
        self._file = open(path, "r+b")
        with self._opened() as db:
            self._page_size = db.execute("PRAGMA page_size").fetchone()[0]
            self._roots = _roots(db)
            self._ids = _ids(db)
            self._highest = _sequence(db)
        self._owner = btree.owners(self._roots, self._page)

    def close(self):
        self._file.close()
        os.unlink(self.path)

    def apply(self, pages):
        """Takes a wal.PageCommit; gives the Commit."""
        images = dict(pages.pages)
        changed = {number: page for number, page in images.items() if page != self._page(number)}
        for number, page in images.items():
            if number == 1:
                page = page[:18] + b"\1\1" + page[20:]  # The copy has no log of its own.
            self._file.seek((number - 1) * self._page_size)
            self._file.write(page)
        self._file.truncate(pages.size * self._page_size)
        self._file.flush()
        with self._opened() as db:
            roots = _roots(db) if 1 in changed else self._roots
            if roots != self._roots:
                self._roots = roots
                self._owner = btree.owners(roots, self._page)
            else:
                btree.note_changes(self._owner, changed)
            tables = {self._owner.get(number, UNKNOWN) for number in changed}
            rows, gone = self._look_at_outbox(db) if "outbox" in tables else ([], [])
        return Commit(tables - {"sqlite_schema", "sqlite_sequence"}, rows, gone)

    def event_ids(self):
        """{event_id: id} of the rows that are there."""
        with self._opened() as db:
            return dict(db.execute("SELECT event_id, id FROM outbox WHERE event_id IS NOT NULL"))

    @property
    def highest_id(self):
        """The highest id ever given, as far as SQLite remembers."""
        return self._highest

    def _look_at_outbox(self, db):
        rows = db.execute("SELECT * FROM outbox WHERE id > ? ORDER BY id", (self._highest,)).fetchall()
        gone = []
        if self._ids is not None:
            ids = _ids(db, at_most=None)
            gone = sorted(self._ids - ids)
            low = sorted(number for number in ids - self._ids if number <= self._highest)
            rows = [db.execute("SELECT * FROM outbox WHERE id = ?", (number,)).fetchone() for number in low] + rows
            self._ids = ids if len(ids) <= MANY_ROWS else None
        self._highest = max([self._highest, _sequence(db)] + [row["id"] for row in rows])
        return [dict(row) for row in rows], gone

    def _page(self, number):
        self._file.seek((number - 1) * self._page_size)
        page = self._file.read(self._page_size)
        return page if len(page) == self._page_size else bytes(self._page_size)

    @contextlib.contextmanager
    def _opened(self):
        with contextlib.closing(sqlite3.connect(f"file:{_in_uri(self.path)}?mode=ro&immutable=1", uri=True)) as db:
            db.row_factory = sqlite3.Row
            yield db


def _in_uri(path):
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _roots(db):
    roots = {row["rootpage"]: row["tbl_name"] for row in db.execute("SELECT rootpage, tbl_name FROM sqlite_schema WHERE rootpage > 0")}
    return {1: "sqlite_schema", **roots}


def _ids(db, at_most=MANY_ROWS):
    if at_most is not None and db.execute("SELECT count(*) FROM outbox").fetchone()[0] > at_most:
        return None
    return {row[0] for row in db.execute("SELECT id FROM outbox")}


def _sequence(db):
    found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
    return found[0] if found else 0
