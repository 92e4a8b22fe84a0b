"""The command under test: two workers, of which one stands by, or on PostgreSQL both deliver; and everything that is done to them."""

import collections
import os
import re
import signal
import subprocess
import threading
import time

from .children import Child
from .evidence import now_ms

KEY = "k3yOfTheSoak"
REQUEST_TIMEOUT = 2.0  # Seconds.
CONCURRENCY = 64
GRACE = 3.0
_CONFIG = f"""\
grace = "{GRACE:g}s"

[[tracker]]
url = "${{SOAK_URL}}/${{SOAK_KEY}}/postback"
allow_private = true
request_timeout = "{REQUEST_TIMEOUT:g}s"
concurrency = {CONCURRENCY}
retry_first_delay = "100ms"
retry_max_delay = "3s"
"""


def write_config(path):
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(_CONFIG)


class Worker:
    """One process. Its log is read as it comes and not kept, but for the last lines."""

    def __init__(self, command, folder, url):
        self._child = Child("worker", [command, "run", "--db", folder.database(), "--config", folder.config],
                            env={"SOAK_URL": url, "SOAK_KEY": KEY}, stderr=subprocess.PIPE)
        self.pid = self._child.pid
        self.seen = collections.Counter()  # Events of the log.
        self.last_lines = collections.deque(maxlen=8)
        self.key_seen = False
        self.frozen_at = None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._child.stderr:
            text = line.decode(errors="replace").rstrip()
            self.last_lines.append(text)
            self.key_seen |= KEY in text
            for event in re.findall(r"^\S+ \S+ +(\w+)", text):
                self.seen[event] += 1
            if "breaker" in text and "phase=open" in text:
                self.seen["breaker open"] += 1

    def has_begun(self):
        """Whether it has come so far that it knows what a signal means."""
        return bool(self.seen["start"] or self.seen["standing_by"]) or self.code() is not None

    def delivers(self):
        return self.seen["start"] > 0 and self.seen["standing_by"] <= self.seen["taking_over"]

    def code(self):
        return self._child.code()

    def kill(self):
        self._child.kill()
        self._reader.join(timeout=30)

    def end(self):
        code = self._child.end(patience=GRACE + 30)
        self._reader.join(timeout=30)
        return code

    def freeze(self):
        self.frozen_at = now_ms()
        self._child.signal(signal.SIGSTOP)

    def thaw(self):
        self._child.signal(signal.SIGCONT)


class Workers:
    """Two at all times. Whatever ends is replaced by a new one."""

    def __init__(self, command, folder, url, record):
        self._command, self._folder, self._url, self._record = command, folder, url, record
        self._workers = [self._started(), self._started()]

    def _started(self):
        return Worker(self._command, self._folder, self._url)

    def active(self):
        """The one that delivers; None between two."""
        return next((worker for worker in self._workers if worker.delivers()), None)

    def any_active(self, chance):
        """One of those that deliver."""
        active = [worker for worker in self._workers if worker.delivers()]
        return chance.choice(active) if active else None

    def standby(self):
        return next((worker for worker in self._workers if not worker.delivers()), None)

    # --- what is done to them

    def kill(self, worker):
        if worker is not None:
            begun_at = now_ms()
            worker.kill()
            self._record.event("kill", begun_at, now_ms())
            self._replace(worker)

    def kill_both(self):
        for worker in list(self._workers):
            self.kill(worker)

    def stop(self, worker):
        """SIGTERM: it has to end with 0 when what is in flight is done."""
        if worker is not None:
            begun_at = now_ms()
            code = worker.end()
            self._record.event("stop", begun_at, now_ms())
            if code != 0:
                self._trouble(f"SIGTERM gave exit code {code}", worker)
            self._replace(worker)

    def freeze(self, worker):
        if worker is not None and worker.frozen_at is None:
            worker.freeze()

    def thaw(self, *, and_kill=False):
        for worker in list(self._workers):
            if worker.frozen_at is None:
                continue
            if and_kill:
                self._record.event("freeze", worker.frozen_at, now_ms())
                self.kill(worker)
            else:
                worker.thaw()
                self._record.event("freeze", worker.frozen_at, now_ms())
                worker.frozen_at = None

    def look_after(self):
        """Notices who ended unasked, which is a fault, and replaces it."""
        for worker in list(self._workers):
            if worker.code() is not None:
                self._trouble(f"a worker ended by itself with code {worker.code()}", worker)
                self._replace(worker)

    def end_all(self):
        self.thaw()
        for worker in list(self._workers):
            end = time.monotonic() + 30
            while not worker.has_begun() and time.monotonic() < end:
                time.sleep(0.01)
            begun_at = now_ms()
            code = worker.end()
            self._record.event("stop", begun_at, now_ms())
            if code != 0:
                self._trouble(f"SIGTERM gave exit code {code}", worker)
            self._leave(worker)

    def kill_all(self):
        """Without a word: the soak itself is being ended."""
        for worker in self._workers:
            worker.kill()
        self._workers.clear()

    def _replace(self, worker):
        self._leave(worker)
        self._workers.append(self._started())

    def _leave(self, worker):
        self._workers.remove(worker)
        for event, what in (("taking_over", "takeover"), ("breaker open", "breaker"), ("abandoned", "abandoned")):
            for _ in range(worker.seen[event]):
                self._record.event(what)
        if worker.key_seen:
            self._trouble("the postback key stands in the log", worker)

    def _trouble(self, what, worker):
        self._record.event("trouble", note=what + ": " + " / ".join(worker.last_lines).replace(KEY, "***"))
