"""An operator, as a process, who cancels and retries rows with the SQL that docs/operations.md gives, and notes it in the same transaction.

python3 -m soak_parts.operator_edits FOLDER SEED

Says `started` on stdout. Ends at SIGTERM, between two edits.
"""

import contextlib
import random
import signal
import sys
import threading

from .databases import ConnectionLost, open_database
from .evidence import Folder


class Operator:
    def __init__(self, database, chance):
        self._chance = chance
        self._database = database

    def edit(self):
        """One edit of up to two rows, by chance."""
        if self._chance.random() < 0.4:
            self._database.cancel()
        else:
            self._database.retry(self._chance.choice(("dead", "dead", "delivered", "cancelled", "refused", "duplicate")))


def main(folder, seed):
    chance = random.Random(f"{seed} operator")
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    person = Operator(open_database(folder), chance)
    print("started", flush=True)
    while not stopped.wait(chance.uniform(0.2, 2)):
        with contextlib.suppress(ConnectionLost):
            person.edit()


if __name__ == "__main__":
    main(Folder(sys.argv[1]), int(sys.argv[2]))
