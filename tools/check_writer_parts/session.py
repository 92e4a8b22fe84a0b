"""The order of things: look at the file, run the command (or wait), judge what was committed."""

import contextlib
import os
import signal
import threading
import time

from . import command as commands
from . import database, kills, locks, row_rules
from .findings import counted, grouped, hint, wrong
from .history_rules import History
from .watch import Watch

STEP = 0.02

# What each check is called where nothing was found, in the order of telling.
PASSED = {
    "journal_mode": "journal_mode is WAL",
    "file_system": "local disk",
    "schema": "the outbox's schema is whole",
    "arrived": "rows arrived",
    "transaction": "rows and business in one transaction",
    "busy": "waits for the write lock",
    "long_lock": "transactions are short",
    "repeat": "a second run adds nothing",
    "kill": "in step after kill -9",
    "event_id": "each row has an event_id",
    "same_event": "no event under two names",
    "replace": "no REPLACE",
    "ignore": "rows that break a rule fail aloud",
    "id": "ids are SQLite's",
    "tracker": "trackers are in the configuration",
    "subid": "click ids",
    "macro": "macros are filled in",
    "whitespace": "no stray blanks",
    "status": "statuses are known",
    "tid": "rebills have a tid",
    "amount": "amounts",
    "currency": "currencies",
    "params": "params",
    "due_at": "times",
    "created_at": "created_at is left to SQLite",
    "worker_columns": "the worker's columns are left alone",
}
_OF_ROWS = [check for check in list(PASSED)[list(PASSED).index("event_id"):] if check != "ignore"]


@contextlib.contextmanager
def _told_to_stop():
    """An event that Ctrl-C and SIGTERM set, so that neither comes in the middle of something."""
    stop = threading.Event()
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Session:
    """`say` takes lines of progress for people."""

    def __init__(self, options, path, folder, trackers, say):
        self._options, self._path, self._folder, self._trackers, self._say = options, path, folder, trackers, say
        self._findings = []
        self._checked = ["journal_mode", "file_system", "schema", "arrived"]
        self.rows = 0

    def findings(self):
        return grouped(self._findings)

    def passed(self):
        """The checks that found nothing."""
        found = {finding.check for finding in self._findings}
        return [check for check in PASSED if check in self._checked and check not in found]

    def run(self):
        self._findings += database.findings(self._path)
        if any(finding.check == "journal_mode" for finding in self._findings):
            return  # Nothing can be watched, and all else may follow from this.
        if self._options.command:
            self._findings += commands.read_in_scripts(self._options.command)
            self._with_command()
        else:
            self._watch_only()
        if self.rows:
            self._checked += ["transaction", *_OF_ROWS]
            if self._trackers is None:
                self._checked.remove("tracker")
        if not any(finding.check == "journal_mode" for finding in self._findings) and not database.in_wal_mode(self._path):
            self._findings.append(wrong("journal_mode", "the program changed journal_mode from WAL", "leave journal_mode alone"))
        self._findings += [found for found in database.findings(self._path) if found not in self._findings]

    # --- without a command

    def _watch_only(self):
        until = f"for {self._options.seconds:g} s" if self._options.seconds else "until Ctrl-C"
        with self._watched() as take:
            self._say(f"watching {until}: let your program write now")
            end = time.monotonic() + self._options.seconds if self._options.seconds else None
            with _told_to_stop() as stop:
                while not stop.is_set() and (end is None or time.monotonic() < end):
                    take()
                    stop.wait(STEP)
        if self.rows == 0:
            self._findings.append(wrong(
                "arrived",
                "no row arrived in the outbox meanwhile",
                "does your program write to this file, and did it have something to write?"))

    # --- with one

    def _with_command(self):
        original = None
        if self._options.kill or self._options.copy:
            original = os.path.join(self._folder, "original.db")
            kills.copy_database(self._path, original)
        run, rows = self._first_run()
        if rows and self._options.twice:
            self._second_run()
        if rows and original:
            self._kills(original)
        if run.timed_out:
            self._findings.append(wrong(
                "command",
                f"the command did not end within {self._options.timeout:g} s and was killed",
                "raise --timeout, or watch a server without a command"))

    def _first_run(self):
        """(Run, how many rows it added), the run without a lock in its way if the one with it came to nothing."""
        if not self._options.busy:
            run, rows = self._run("run")
            self._judge_ending(run, rows)
            return run, rows
        seconds = self._options.lock_seconds
        with commands.HeldLock(self._path, seconds):
            run, rows = self._run(f"run while another holds the write lock for {seconds:g} s")
        self._checked.append("busy")
        if run.code == 0 and rows:
            self._judge_ending(run, rows)
            return run, rows
        again, more = self._run("run again, without a lock")
        self._judge_ending(again, rows + more, earlier=run)
        if again.code == 0 and more:
            self._findings.append(self._about_busy(run, seconds))
        elif commands.BUSY.search(run.output) and run.code != 0:
            self._findings.append(self._about_busy(run, seconds))
        return again, rows + more

    def _about_busy(self, run, seconds):
        advice = "set a busy time-out on each connection (PRAGMA busy_timeout = 5000), and begin with BEGIN IMMEDIATE"
        if run.code == 0:
            return wrong(
                "busy",
                f"another held the write lock for {seconds:g} s: the command said nothing, ended with 0 and wrote no row: the event is lost",
                advice + "; and do not swallow the error")
        return wrong("busy", f"another held the write lock for {seconds:g} s, and the command failed: {commands.last_line(run)}", advice)

    def _judge_ending(self, run, rows, earlier=None):
        told = commands.told_by(run.output)
        self._findings += told
        if rows == 0:
            self._findings.append(wrong(
                "arrived",
                f"no row arrived in the outbox; the command ended with exit code {run.code} and said {commands.last_line(run)}",
                f"does it write to {self._path}, and does it commit?"))
        elif run.code != 0 and not run.timed_out and not told:
            self._findings.append(hint(
                "command",
                f"the command ended with exit code {run.code} and said {commands.last_line(run)}",
                "is that meant?"))
        if earlier is None and commands.BUSY.search(run.output):
            self._findings.append(wrong(
                "busy",
                f"the command met a lock and said {commands.last_line(run)}",
                "set a busy time-out on each connection (PRAGMA busy_timeout = 5000), and begin with BEGIN IMMEDIATE"))

    def _second_run(self):
        self._checked.append("repeat")
        before = {row["event_id"] for row in self._rows}
        count = len(self._rows)
        # What a repeat inserts it inserts alone, for the rest is there already: that is found as a repeat.
        run, rows = self._run("run a second time", judge_transactions=False)
        self._findings += [found for found in commands.told_by(run.output) if found.check == "conflict"]
        if rows:
            new = self._rows[count:]
            if any(row["event_id"] is None for row in new):
                why = "no event_id"
            else:
                why = f"the first time event_id was {sorted(map(str, before))[0]}, the second time {new[0]['event_id']}"
            self._findings.append(wrong(
                "repeat",
                f"the second run added {counted(rows, 'row')}: {why}",
                "make event_id of what happened (order-7-paid), so that a repeat gives the same, and insert with ON CONFLICT DO NOTHING",
                [row["id"] for row in new]))
        elif run.code != 0:
            self._findings.append(hint(
                "repeat",
                f"the second run ended with exit code {run.code} and said {commands.last_line(run)}",
                "an event that is recorded already is no error: end with 0"))

    def _kills(self, original):
        folder = os.path.join(self._folder, "kills")
        os.mkdir(folder)
        trials = kills.KillTrials(original, folder, self._options.command, self._options.timeout, self._options.business_table, self._options.seed)
        if not trials.keeps_wal:
            self._findings.append(wrong(
                "journal_mode",
                "the program changes journal_mode from WAL",
                "leave journal_mode alone: keitaro-outbox init set it, and it stays with the file"))
        self._checked.append("ignore")
        self._findings += trials.findings_where_every_row_breaks_a_rule()
        if not self._options.kill:
            return
        self._checked.append("kill")
        self._say(f"kill -9, {self._options.kill} times, each on a copy")
        self._findings += trials.findings(self._options.kill)
        if not trials.repeatable:
            self._say("a second run adds rows, so what a repeat after a kill gives was not judged")

    # --- both

    def _run(self, what, judge_transactions=True):
        """(Run, how many rows it added)."""
        self._say(what)
        before = self.rows
        command = commands.with_database(self._options.command, self._path)
        with self._watched(judge_transactions) as take:
            run = commands.run(command, self._options.timeout, meanwhile=take)
            take()
        return run, self.rows - before

    @contextlib.contextmanager
    def _watched(self, judge_transactions=True):
        """Gives a function to be called again and again; afterwards all is judged."""
        watch = Watch(self._path, self._folder)
        lock_watch = locks.LockWatch(self._path)
        history = History(self._options.business_table, watch.replica.event_ids(), watch.replica.highest_id)

        def take():
            for commit in watch.new_commits():
                self._findings.extend(history.add(commit))
                for row in commit.rows:
                    self._findings.extend(row_rules.judge(row, self._trackers))
                self.rows += len(commit.rows)

        try:
            yield take
            take()
        finally:
            longest = lock_watch.stop()
            watch.stop()
        self._rows = [*getattr(self, "_rows", []), *history.rows]
        if judge_transactions:
            self._findings += history.business_findings()
        self._judge_lock(longest)

    def _judge_lock(self, longest):
        if "long_lock" not in self._checked:
            self._checked.append("long_lock")
        if longest.seconds * 1000 > self._options.longest_lock_ms:
            self._findings.append(wrong(
                "long_lock",
                f"{longest.process} held the write lock for {longest.seconds * 1000:.0f} ms: "
                "nobody else can write meanwhile, nor the worker record what it sent",
                "begin the transaction when all is at hand, and do nothing slow (HTTP, files, waiting) before COMMIT"))
