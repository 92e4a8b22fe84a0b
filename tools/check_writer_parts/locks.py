"""Who holds SQLite's locks, as the kernel tells it in /proc/locks: looking takes no lock and disturbs nobody."""

import collections
import os
import threading
import time

# The byte of the -shm file that stands for "writing" (https://sqlite.org/walformat.html#locks).
WRITE_LOCK_BYTE = 120
STEP = 0.004

Held = collections.namedtuple("Held", "seconds process")


class LockWatch:
    """How long other processes hold the write lock. The resolution is a few milliseconds."""

    def __init__(self, database):
        self._path = database + "-shm"
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.longest = Held(0.0, None)
        self._thread.start()

    def stop(self):
        """Gives the longest time."""
        self._stop.set()
        self._thread.join()
        return self.longest

    def _run(self):
        holder, since = None, 0.0
        while not self._stop.wait(STEP):
            now = time.monotonic()
            found = _writer(self._path)
            if found != holder:
                holder, since = found, now
            elif holder is not None and now - since > self.longest.seconds:
                self.longest = Held(now - since, _name_of(holder))


def _locks_of(path):
    """[kind, mode, pid, first byte, last byte] of each lock on a file."""
    try:
        status = os.stat(path)
        with open("/proc/locks", encoding="ascii") as file:
            lines = file.read().splitlines()
    except OSError:
        return
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    for line in lines:
        words = line.split()
        if words[1] != "->" and len(words) >= 8 and words[5] == place:
            yield words[1], words[3], int(words[4]), int(words[6]), float(words[7].replace("EOF", "inf"))


def _writer(path):
    for kind, mode, process, first, last in _locks_of(path):
        if kind != "FLOCK" and mode == "WRITE" and first <= WRITE_LOCK_BYTE <= last and process != os.getpid():
            return process
    return None


def worker_runs(database):
    """Whether a keitaro-outbox holds the lock of the one that delivers."""
    return any(kind == "FLOCK" for kind, *_ in _locks_of(os.path.realpath(database) + "-outbox-lock"))


def _name_of(process):
    try:
        with open(f"/proc/{process}/comm", encoding="utf-8", errors="replace") as file:
            return f"{file.read().strip()} ({process})"
    except OSError:
        return str(process)


def opened_by_others(path):
    """Whether another process has the file open, as far as this user may see."""
    wanted = os.path.realpath(path)
    for process in os.listdir("/proc"):
        if not process.isdigit() or int(process) == os.getpid():
            continue
        try:
            if any(os.readlink(f"/proc/{process}/fd/{number}") == wanted for number in os.listdir(f"/proc/{process}/fd")):
                return True
        except OSError:
            continue
    return False


_NETWORK = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs", "lustre", "fuse.sshfs", "fuse.glusterfs", "fuse.s3fs"}


def network_file_system(path, mounts=None):
    """The kind of the network file system that a file is on, or None."""
    if mounts is None:
        with open("/proc/self/mounts", encoding="utf-8", errors="replace") as file:
            mounts = file.read()
    real = os.path.realpath(path)
    best, kind = "", None
    for line in mounts.splitlines():
        _, point, found, *_ = line.split(" ")
        point = point.replace("\\040", " ")
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, found
    return kind if kind in _NETWORK else None
