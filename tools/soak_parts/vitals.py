"""How the worker does: memory, descriptors, time of the processor, and the size of the log."""

import os

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


class Vitals:
    def __init__(self, database):
        self._database = database

    def rows(self):
        return self._database.rows()

    def pending(self):
        return self._database.pending()

    def sample(self, phase, active, standby):
        """A line for the record, or None while nobody delivers."""
        rss = resident(active.pid) if active else 0
        if rss == 0:
            return None
        return (now_ms(), phase, active.pid, rss, resident(standby.pid) if standby else 0, descriptors(active.pid),
                cpu_ms(active.pid), self._database.log_bytes(), self.rows())
