"""Notices when the whole machine stands still for a moment: a request may then time out though it was answered in time."""

import threading
import time

from .evidence import now_ms

_STEP = 0.1
_STALL_MS = 600


class StallWatch:
    """A thread that does nothing but look at the clock."""

    def __init__(self):
        self.stalls = []  # (begun, ended) in milliseconds.
        self._stopped = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self):
        last = now_ms()
        while not self._stopped.is_set():
            time.sleep(_STEP)
            now = now_ms()
            if now - last > _STALL_MS:
                self.stalls.append((last, now))
            last = now

    def stop(self):
        self._stopped.set()
