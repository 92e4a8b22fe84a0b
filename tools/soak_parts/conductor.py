"""A run from its first process to its last: who starts when, what is done to the worker, and how all of it comes to an end.

In the first two thirds the worker is killed, stopped and frozen. The last third belongs to one worker, which is only frozen now
and then, so that what it loses in memory or descriptors would show. The receiver is in trouble all the time. Then the receiver
is healed, and everything has to be finished.
"""

import contextlib
import random
import signal
import subprocess
import time

from . import evidence, postgresql, workers
from .children import environment, python_part
from .databases import open_database, size
from .misfortunes import Misfortunes
from .stall_watch import StallWatch
from .vitals import Vitals, resident

_STEP = 0.05
_LONGEST_DRAIN = 240.0  # Seconds; beside it nothing else goes on.


class Interrupted(Exception):
    """Ctrl-C for the second time."""


class Conductor:
    def __init__(self, options, folder, command, progress):
        self._options = options
        self._folder = folder
        self._command = command
        self._progress = progress
        self._chance = random.Random(f"{options.seed} conductor")
        self._seconds = options.minutes * 60
        self._hurry = min(max(150 / self._seconds, 1.0), 10.0)
        self._signals = 0
        self._undo = contextlib.ExitStack()

    def run(self):
        """Leaves all evidence in the folder. Every process is gone when this returns or raises."""
        signal.signal(signal.SIGINT, self._interrupted)
        signal.signal(signal.SIGTERM, self._interrupted)
        with self._undo:
            self._set_up()
            self._put_under_load()
            self._heal_and_drain()

    def _interrupted(self, *_):
        self._signals += 1
        if self._signals > 1:
            raise Interrupted

    # --- the beginning

    def _set_up(self):
        self._record = evidence.Record(self._folder.record_db)
        self._undo.callback(self._record.close)
        self._make_database()
        for name in ("seed", "rate", "writers", "minutes"):
            self._record.fact(name, getattr(self._options, name))
        self._record.fact("request_timeout_ms", int(workers.REQUEST_TIMEOUT * 1000))
        self._record.fact("concurrency", workers.CONCURRENCY)
        # So many outcomes are recorded together at most, which a kill makes repeat.
        self._record.fact("span", 512 if self._place else 0)
        self._record.fact("database", "postgresql" if self._place else "sqlite")
        self._receiver = python_part(
            "receiver", self._folder.path, self._options.seed, workers.REQUEST_TIMEOUT, self._hurry, stdout=subprocess.PIPE)
        self._undo.callback(self._receiver.kill)
        url = self._receiver.stdout.readline().decode().strip()
        if not url:
            raise RuntimeError("the receiver did not start")
        workers.write_config(self._folder.config)
        self._workers = workers.Workers(self._command, self._folder, url, self._record)
        self._undo.callback(self._workers.kill_all)
        self._writers = {number: self._started_writer(number) for number in range(1, self._options.writers + 1)}
        self._undo.callback(self._kill_writers)
        self._operator = python_part("operator_edits", self._folder.path, self._options.seed, stdout=subprocess.PIPE)
        self._undo.callback(self._operator.kill)
        for person in (*self._writers.values(), self._operator):
            person.wait_until_started()
        self._stalls = StallWatch()
        self._undo.callback(self._stalls.stop)
        self._vitals = Vitals(self._database)

    def _make_database(self):
        self._place = None
        if self._options.postgresql:
            self._place = postgresql.Server()
        elif postgresql.is_address(self._options.db):
            self._place = postgresql.Schema(self._options.db)
        if self._place is not None:
            self._undo.callback(self._place.remove)
            self._place.create()
            self._folder.set_address(self._place.address)
        done = subprocess.run([self._command, "init", "--db", self._folder.database()], env=environment(), check=False,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode(errors="replace").strip())
        self._database = open_database(self._folder)
        self._undo.callback(self._database.close)
        self._database.create_tables()

    def _started_writer(self, number):
        # A writer that was killed and started again goes on by other chances.
        seed = self._chance.randrange(1 << 30)
        return python_part("application", self._folder.path, number, seed, self._options.rate / self._options.writers, stdout=subprocess.PIPE)

    def _kill_writers(self):
        for writer in self._writers.values():
            writer.kill()

    # --- under load

    def _put_under_load(self):
        self._begun = now = time.monotonic()
        self._record.fact("load_begun_at", evidence.now_ms())
        self._misfortunes = Misfortunes(self._workers, self._kill_writer, self._chance, self._hurry, now, self._those_of_the_database())
        next_sample = now
        while not self._signals and now < self._begun + self._seconds:
            steady = now > self._begun + self._seconds * 2 / 3
            self._workers.look_after()
            self._look_after_people()
            self._misfortunes.look(now, freezes_only=steady)
            if now >= next_sample and not self._misfortunes.server_is_away():
                self._sample("steady" if steady else "kills")
                next_sample = now + (1 if self._seconds >= 120 else 0.25)
            time.sleep(_STEP)
            now = time.monotonic()
        self._record.fact("load_ended_at", evidence.now_ms())
        self._record.fact("interrupted", self._signals)

    def _those_of_the_database(self):
        return postgresql.Misfortunes(self._place, self._database, self._record, self._chance) if self._place else None

    def _kill_writer(self):
        number = self._chance.choice(list(self._writers))
        self._writers[number].kill()
        self._record.event("writer-kill")
        self._writers[number] = self._started_writer(number)

    def _look_after_people(self):
        for number, writer in self._writers.items():
            if writer.code() is not None:
                self._record.event("trouble", note=f"a writer of the application ended by itself with code {writer.code()}")
                self._writers[number] = self._started_writer(number)
        if self._operator.code() is not None:
            raise RuntimeError(f"the operator ended by itself with code {self._operator.code()}")

    def _sample(self, phase):
        sample = self._vitals.sample(phase, self._workers.active(), self._workers.standby())
        if sample is not None:
            self._record.vitals(sample)
        self._progress.show(lambda: self._figures(phase))

    def _figures(self, phase):
        active = self._workers.active()
        return {
            "phase": phase, "elapsed": time.monotonic() - self._begun, "rows": self._vitals.rows(), "pending": self._vitals.pending(),
            "kills": self._record.count("kill"), "rss": resident(active.pid) if active else 0, "wal": self._database.log_bytes(),
        }

    # --- the end

    def _heal_and_drain(self):
        self._misfortunes.heal()
        for person in (*self._writers.values(), self._operator):
            person.wait_until_started()  # Before, SIGTERM would end it without its handler.
            if person.end(patience=60) != 0:
                self._record.event("trouble", note=f"{person.kind} ended with code {person.code()}")
        self._receiver.signal(signal.SIGUSR1)
        begun = time.monotonic()
        while (left := self._vitals.pending()) and time.monotonic() < begun + _LONGEST_DRAIN:
            self._workers.look_after()
            self._sample("draining")
            time.sleep(0.2)
        self._record.fact("drain_ms", int((time.monotonic() - begun) * 1000))
        self._record.fact("left", left)
        self._workers.end_all()
        self._database.leave_evidence()
        database_bytes = self._database.bytes() if self._place else None
        self._database.close()  # The last one to close moves the log into the file.
        self._record.fact("database_bytes", database_bytes or size(self._folder.app_db))
        for begun_at, ended_at in self._stalls.stalls:
            self._record.event("stall", begun_at, ended_at)
        if self._receiver.code() is not None or self._receiver.end(patience=60) != 0:
            raise RuntimeError(f"the receiver ended with code {self._receiver.code()}: this run cannot be judged")
        self._progress.clear()
