"""An operator, as a process, who cancels and retries rows with the SQL that docs/operations.md gives, and notes it in the same transaction.

python3 -m soak_parts.operator_edits FOLDER SEED

Says `started` on stdout. Ends at SIGTERM, between two edits.
"""

import random
import signal
import sqlite3
import sys
import threading

from .evidence import Folder, now_ms

_RECENT = 3000  # Rows, counted back from the newest.

_CANCEL = """
UPDATE outbox SET state = 'cancelled'
 WHERE id IN (SELECT id FROM outbox WHERE id > ? AND state = 'pending' ORDER BY random() LIMIT 2) AND state = 'pending'
RETURNING id
"""
_RETRY = """
UPDATE outbox SET state = 'pending', due_at = 0
 WHERE id IN (SELECT id FROM outbox WHERE id > ? AND state = ? ORDER BY random() LIMIT 2) AND state <> 'pending'
RETURNING id
"""


class Operator:
    def __init__(self, path, chance):
        self._chance = chance
        self._connection = sqlite3.connect(path, timeout=60, isolation_level=None)

    def edit(self):
        """One edit of up to two rows, by chance."""
        newest = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        recent = (newest[0] if newest else 0) - _RECENT
        if self._chance.random() < 0.4:
            self._change("cancel", _CANCEL, recent)
        else:
            state = self._chance.choice(("dead", "dead", "delivered", "cancelled", "refused", "duplicate"))
            self._change("retry", _RETRY, recent, state)

    def _change(self, edit, sql, *args):
        self._connection.execute("BEGIN IMMEDIATE")
        rows = self._connection.execute(sql, args).fetchall()
        self._connection.executemany(
            "INSERT INTO operator_edits (outbox_id, edit, at) VALUES (?, ?, ?)", [(row, edit, now_ms()) for (row,) in rows])
        self._connection.execute("COMMIT")


def main(folder, seed):
    chance = random.Random(f"{seed} operator")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    person = Operator(folder.app_db, chance)
    print("started", flush=True)
    while not stopped.wait(chance.uniform(0.2, 2)):
        person.edit()


if __name__ == "__main__":
    main(Folder(sys.argv[1]), int(sys.argv[2]))
