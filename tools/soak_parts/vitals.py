"""How the worker does: memory, descriptors, time of the processor, and the sizes of the files."""

import os
import sqlite3

from .evidence import now_ms

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


def _read(path):
    with open(path, encoding="ascii", errors="replace") as file:
        return file.read()


def resident(pid):
    """Bytes; 0 when the process is gone."""
    try:
        return int(_read(f"/proc/{pid}/statm").split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def cpu_ms(pid):
    try:
        fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
        return int((int(fields[11]) + int(fields[12])) * _TICK_MS)
    except (OSError, IndexError):
        return 0


def size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


class Vitals:
    def __init__(self, folder):
        self._folder = folder
        self._connection = sqlite3.connect(folder.app_db, timeout=60, isolation_level=None)

    def rows(self):
        """Committed so far, as the last id tells: an event that comes twice may use one up."""
        found = self._connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'").fetchone()
        return found[0] if found else 0

    def pending(self):
        return self._connection.execute(
            "SELECT (SELECT count(*) FROM outbox WHERE state = 'pending' AND due_at = 0 AND waits_for IS NULL)"
            " + (SELECT count(*) FROM outbox WHERE state = 'pending' AND (due_at > 0 OR waits_for IS NOT NULL))").fetchone()[0]

    def sample(self, phase, active, standby):
        """A line for the record, or None while nobody delivers."""
        rss = resident(active.pid) if active else 0
        if rss == 0:
            return None
        return (now_ms(), phase, active.pid, rss, resident(standby.pid) if standby else 0, descriptors(active.pid),
                cpu_ms(active.pid), size(self._folder.app_db + "-wal"), size(self._folder.app_db), self.rows())

    def close(self):
        self._connection.close()
