"""How far the run is: one line that renews itself on a terminal, a line a minute elsewhere. On stderr."""

import sys
import time

from .report import mib, span


class Progress:
    def __init__(self, seconds, stream=sys.stderr):
        self._seconds = seconds
        self._stream = stream
        self._terminal = stream.isatty()
        self._every = 2 if self._terminal else 60
        self._next = time.monotonic() + (0 if self._terminal else self._every)

    def show(self, figures):
        """`figures` is called when a line is due."""
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        now = figures()
        when = f"{span(now['elapsed'])} of {span(self._seconds)}" if now["phase"] != "draining" else "draining"
        line = (f"{when}: {now['rows']:,} rows, {now['pending']:,} pending; {now['kills']} kills;"
                f" worker {mib(now['rss'])}, log {mib(now['wal'])}")
        print(f"\r\033[K{line}" if self._terminal else line, end="" if self._terminal else "\n", file=self._stream, flush=True)

    def clear(self):
        if self._terminal:
            print("\r\033[K", end="", file=self._stream, flush=True)
