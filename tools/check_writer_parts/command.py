"""The team's command: run to its end, killed at a moment, or held up by a lock; and what its output tells."""

import collections
import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

from . import locks
from .findings import hint, shown, wrong

# `output` is stdout and stderr together, the end of them.
Run = collections.namedtuple("Run", "code seconds output timed_out")

LONGEST_OUTPUT = 200_000


def with_database(command, path):
    """The command with the database's path in the place of {db}."""
    return [word.replace("{db}", path) for word in command]


def run(command, timeout, meanwhile=lambda: None, kill_when=None):
    """Runs to the end. `meanwhile` is called again and again; once `kill_when(seconds)` is true, SIGKILL ends the whole group."""
    with tempfile.TemporaryFile() as output:
        begun = time.monotonic()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
        timed_out = False
        try:
            while child.poll() is None:
                seconds = time.monotonic() - begun
                timed_out = seconds > timeout
                if timed_out or kill_when and kill_when(seconds):
                    break
                meanwhile()
                time.sleep(0.0005 if kill_when else 0.005)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        seconds = time.monotonic() - begun
        output.seek(max(0, output.seek(0, os.SEEK_END) - LONGEST_OUTPUT))
        return Run(child.returncode, seconds, output.read().decode(errors="replace"), timed_out)


class HeldLock:
    """Holds the database's write lock until the command has had the file open for `seconds`, and lets it go."""

    # A command that never shows the file (another user's, in a container) is waited for this long.
    LONGEST_WAIT = 10.0

    def __init__(self, database, seconds):
        self._database, self._seconds = database, seconds
        self._connection = sqlite3.connect(database, timeout=60, isolation_level=None, check_same_thread=False)
        self._connection.execute("BEGIN IMMEDIATE")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._wait, daemon=True)
        self._before = locks.opened_by_others(database)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _wait(self):
        end = time.monotonic() + self.LONGEST_WAIT
        # Where others have it open anyway, nothing can be told from that.
        while not self._before and time.monotonic() < end and not self._ended.wait(0.01):
            if locks.opened_by_others(self._database):
                break
        self._ended.wait(self._seconds)
        self._connection.execute("ROLLBACK")
        self._connection.close()


BUSY = re.compile(r"database (?:table )?is locked|SQLITE_BUSY", re.IGNORECASE)

# What stands in the output, the check, what is said, what to do.
_TOLD = (
    (r"CHECK constraint failed: (\w+)", "turned_away",
     "the outbox turned a row away: {0}",
     "correct what the rule names; docs/writing.md lists the rules"),
    (r"unsafe use of (?:json_valid|json_type)", "trusted_schema",
     "the program sets PRAGMA trusted_schema = OFF: SQLite then refuses every insert",
     "leave trusted_schema at its default, on"),
    (r"the facts of an outbox row cannot be changed", "worker_columns",
     "the program changes the facts of a row that is there",
     "cancel the row (state = 'cancelled') and insert another"),
    (r"UNIQUE constraint failed: outbox\.event_id", "conflict",
     "an insert failed since its event_id was there already",
     "end the INSERT with ON CONFLICT DO NOTHING: an event that is there already is no error"),
    (r"no such table: (?:main\.)?outbox", "no_table",
     "the program writes to a database that has no outbox",
     "let it open the file that --db names, or run keitaro-outbox init on the one it opens"),
    (r"cannot store (\w+) value in (\w+) column outbox\.(\w+)", "type",
     "a value of the type {0} does not fit the column {2}, which is {1}",
     "bind texts to text columns: amounts are decimal text"),
    (r"attempt to write a readonly database", "read_only",
     "the program may not write to the database",
     "give its user write permission on the file and on its folder"),
    (r"database or disk is full", "disk_full", "the disk is full", "make room"),
)
_OUTBOX_RULES = re.compile(r"^(id|tracker|subid|status|tid|payout|cost|currency|params|event_id|due_at|state|attempts|strikes)_")


def told_by(output):
    """Findings that the program's own output gives away."""
    found = []
    for pattern, check, text, advice in _TOLD:
        for match in re.finditer(pattern, output):
            if check == "turned_away" and not _OUTBOX_RULES.match(match.group(1)):
                continue
            found.append(wrong(check, text.format(*match.groups()), advice))
    return list(dict.fromkeys(found))


def _or_ignore(where):
    return wrong(
        "ignore",
        f"{where} writes to outbox with OR IGNORE: a row that breaks a rule is dropped without a word",
        "write INSERT … ON CONFLICT DO NOTHING, which skips an event that is there already and nothing else")


def last_line(run_):
    lines = [line for line in run_.output.splitlines() if line.strip()]
    return shown(lines[-1].strip(), 200) if lines else "nothing"


# A name may be quoted, and the schema may be named before it.
_INSERT_OR_IGNORE = re.compile(r"\b(?:INSERT|UPDATE)\s+OR\s+IGNORE\s+(?:INTO\s+)?(?:\W?main\W?\s*\.\s*)?\W{0,2}outbox\b", re.IGNORECASE)


def read_in_scripts(command):
    """What small scripts among the command's words, and SQL among them, do that nobody can see from outside."""
    for word in command:
        if _INSERT_OR_IGNORE.search(word):
            yield _or_ignore("the command")
        try:
            if os.path.getsize(word) > 1_000_000:
                continue
            with open(word, encoding="utf-8") as file:
                text = file.read()
        except (OSError, UnicodeDecodeError, ValueError):
            continue
        if _INSERT_OR_IGNORE.search(text):
            yield _or_ignore(os.path.basename(word))
        if match := re.search(r"\bsynchronous\s*=\s*['\"]?(off|0)\b", text, re.IGNORECASE):
            yield wrong(
                "synchronous",
                f"{os.path.basename(word)} sets {match.group()}: a power cut can destroy the whole file",
                "leave PRAGMA synchronous at its default, FULL")
        elif match := re.search(r"\bsynchronous\s*=\s*['\"]?(normal|1)\b", text, re.IGNORECASE):
            yield hint(
                "synchronous",
                f"{os.path.basename(word)} sets {match.group()}: a power cut can take back the last commits, orders and postbacks together",
                "leave PRAGMA synchronous at its default, FULL, unless that is meant")
        if re.search(r"\btrusted_schema\s*=\s*['\"]?(off|0|false)\b", text, re.IGNORECASE):
            yield wrong(
                "trusted_schema",
                f"{os.path.basename(word)} sets trusted_schema off: SQLite 3.40 then refuses every insert",
                "leave trusted_schema at its default, on")
        if re.search(r"\bjournal_mode\s*=\s*['\"]?(delete|truncate|persist|memory|off)\b", text, re.IGNORECASE):
            yield wrong(
                "journal_mode",
                f"{os.path.basename(word)} sets journal_mode to something else than WAL",
                "leave journal_mode alone: keitaro-outbox init set it, and it stays with the file")
