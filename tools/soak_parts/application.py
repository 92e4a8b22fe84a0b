"""A writer of the application, as a process: the clicks' rows, each transaction with rows of its own beside those of the outbox.

python3 -m soak_parts.application FOLDER WRITER SEED ROWS_A_SECOND

Says `started` on stdout. Ends at SIGTERM, between two transactions.
"""

import heapq
import itertools
import random
import signal
import sys
import time

from .databases import ConnectionLost, open_database
from .evidence import Folder
from .stories import Clicks


class Agenda:
    """Which step of which click is next. Steps of one click never overtake each other."""

    def __init__(self, clicks):
        self._clicks = clicks
        self._waiting = []
        self._tie = itertools.count()

    def take(self, count, now):
        """So many steps that are due; where there are fewer, new clicks begin."""
        taken = []
        while len(taken) < count:
            if self._waiting and self._waiting[0][0] <= now:
                _, _, steps = heapq.heappop(self._waiting)
            else:
                steps = iter(self._clicks.next())
            step = next(steps, None)
            if step is None:
                continue
            taken.append(step)
            upcoming = next(steps, None)
            if upcoming is not None:
                heapq.heappush(self._waiting, (now + upcoming.pause, next(self._tie), itertools.chain((upcoming,), steps)))
        return taken


class Writer:
    def __init__(self, folder, writer, seed, rate):
        self._chance = random.Random(f"{seed} writer {writer}")
        # The process may be killed and started again: a name of its own for each start keeps the clicks apart.
        self._name = f"w{writer}x{int(time.monotonic() * 1000):x}"
        self._agenda = Agenda(Clicks(self._name, self._chance))
        self._rate = rate
        self._stopping = False
        self._database = open_database(folder)
        self._committed = open(folder.committed(writer), "a", encoding="ascii")
        signal.signal(signal.SIGTERM, self._stop)
        print("started", flush=True)

    def _stop(self, *_):
        self._stopping = True

    def run(self):
        allowance, last = 0.0, time.monotonic()
        while not self._stopping:
            time.sleep(self._chance.uniform(0.01, 0.08))
            now = time.monotonic()
            # What a slow disk or a busy database held up is not made up for by a flood.
            allowance, last = min(allowance + (now - last) * self._rate, self._rate), now
            steps = self._agenda.take(int(allowance), now)
            allowance -= len(steps)
            try:
                while steps and not self._stopping:
                    size = self._chance.choice((1, 1, 2, 3, 8))
                    group, steps = steps[:size], steps[size:]
                    self._commit(group)
                if self._chance.random() < 0.02:
                    self._database.take_back(f"{self._name}-taken-back", self._chance.uniform(0, 0.02))
            except ConnectionLost:
                pass  # Committed or not: it is not written a second time, and the click goes on with its next row.
        self._database.close()

    def _commit(self, steps):
        ids = self._database.insert(steps)
        self._committed.write(" ".join(map(str, ids)) + "\n")
        self._committed.flush()


if __name__ == "__main__":
    Writer(Folder(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])).run()
