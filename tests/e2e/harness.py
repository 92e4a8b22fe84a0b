"""What every end-to-end test stands on: the built commands as processes, a database file, receivers on loopback.

The paths of what was built come from the environment (see CMakeLists.txt):
KEITARO_OUTBOX_BIN, KEITARO_SIM_BIN, KEITARO_OUTBOX_SOURCE_DIR, KEITARO_OUTBOX_BUILD_DIR.
"""

import collections
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
import urllib.request

from database import Database

COMMAND = os.environ.get("KEITARO_OUTBOX_BIN", "")
SIM = os.environ.get("KEITARO_SIM_BIN", "")
SOURCE_DIR = os.environ.get("KEITARO_OUTBOX_SOURCE_DIR", "")
BUILD_DIR = os.environ.get("KEITARO_OUTBOX_BUILD_DIR", "")
SQLITE_SHELL = "/usr/bin/sqlite3"
# What the commands were built with. Sanitizers take memory and time of their own.
CXX_FLAGS = os.environ.get("KEITARO_OUTBOX_CXX_FLAGS", "")
SANITIZED = "-fsanitize" in CXX_FLAGS
KEY = "k3yOfTheTracker"

# Short delays, so that a test sees several attempts. A row that needs more than its first attempt is still prompt.
QUICK_RETRIES = ("--retry-first-delay", "50ms", "--retry-max-delay", "400ms")

# The kernel ends the child when this process dies, be it killed by a time-out.
_WITH_PARENT = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] if os.path.exists("/usr/bin/setpriv") else []

Result = collections.namedtuple("Result", "code out err")


def clean_environment(extra=None):
    """The environment without anything that would configure a command or send it through a proxy."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("KEITARO_") and not name.lower().endswith("_proxy")
    }
    kept.update(extra or {})
    return kept


def wait_until(condition, timeout=30.0, what="the condition", step=0.01):
    """Waits until `condition()` is true and gives its value. `what` may be a function, called when time is up."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= end:
            raise AssertionError(f"not within {timeout:g} s: {what() if callable(what) else what}")
        time.sleep(step)


def run_command(args, env=None, stdin=None, timeout=60):
    """Runs to the end; gives exit code, stdout and stderr as text."""
    done = subprocess.run(
        [str(arg) for arg in args],
        env=clean_environment(env),
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
        check=False,
    )
    return Result(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


class Process:
    """A child whose output goes to files. Ended at the test's tear-down."""

    def __init__(self, name, args, folder, env=None):
        self.name = name
        self.stdout_path = os.path.join(folder, name + ".stdout")
        self.stderr_path = os.path.join(folder, name + ".stderr")
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "wb") as err:
            self._popen = subprocess.Popen(
                _WITH_PARENT + [str(arg) for arg in args],
                env=clean_environment(env),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        self.pid = self._popen.pid

    def running(self):
        return self._popen.poll() is None

    def code(self):
        """The exit code; negative for a signal; None while it runs."""
        return self._popen.poll()

    def stdout(self):
        return _text_of(self.stdout_path)

    def stderr(self):
        return _text_of(self.stderr_path)

    def output(self):
        return self.stdout() + self.stderr()

    def signal(self, number):
        if self.running():
            self._popen.send_signal(number)

    def kill(self):
        """`kill -9`, and waits until it is gone."""
        self.signal(signal.SIGKILL)
        self._popen.wait(timeout=30)

    def terminate(self, timeout=30):
        """SIGTERM; gives the exit code."""
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def wait(self, timeout=60):
        try:
            return self._popen.wait(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{self.name} is still running after {timeout:g} s") from None

    def end(self):
        if self.running():
            self._popen.kill()
        self._popen.wait(timeout=30)


def _text_of(path):
    with open(path, "rb") as file:
        return file.read().decode(errors="replace")


class Sim(Process):
    """keitaro-sim on a free port. `url` is the postback URL."""

    def __init__(self, folder, *flags, name="sim", key=KEY, listen="127.0.0.1:0"):
        self.log_path = os.path.join(folder, name + ".jsonl")
        super().__init__(name, [SIM, "--listen", listen, "--key", key, "--log", self.log_path, *flags], folder)
        self.key = key
        self.url = wait_until(self._ready_url, what=lambda: f"keitaro-sim says where it listens: {self.output()!r}")
        self.base = self.url.split("/" + key + "/")[0]

    def _ready_url(self):
        if not self.running():
            raise AssertionError(f"keitaro-sim ended with {self.code()}: {self.output()}")
        lines = self.stdout().splitlines(keepends=True)
        for line in lines:
            if line.endswith("\n"):
                for word in line.split():
                    if word.startswith("http://") and "/postback" in word:
                        return word.rstrip(".,")
        return None

    def get(self, path):
        """A page of the simulator's own, as JSON."""
        with urllib.request.urlopen(self.base + path, timeout=30) as answer:
            return json.loads(answer.read())

    def conversions(self, subid=None):
        """In order of creation."""
        query = "" if subid is None else "?subid=" + urllib.parse.quote(subid)
        return self.get("/sim/conversions" + query)["conversions"]

    def stats(self):
        return self.get("/sim/stats")

    def received_count(self):
        with open(self.log_path, "rb") as file:
            return file.read().count(b"\n")

    def received(self):
        """What was received so far, in order. The log is written a moment after the answer was given."""
        if self.running():
            total = self.stats()["received"]
            wait_until(lambda: self.received_count() >= total, what=lambda: f"{total} lines are in {self.log_path}")
        with open(self.log_path, "rb") as file:
            return [json.loads(line) for line in file.read().splitlines(keepends=True) if line.endswith(b"\n")]


class E2ETest(unittest.TestCase):
    """A folder of its own, an empty database, and an end for every process that the test started."""

    maxDiff = 4000

    def run(self, result=None):
        self.folder = tempfile.mkdtemp(prefix="keitaro-e2e-")
        self.children = []
        counts_before = _troubles(result)
        try:
            super().run(result)
        finally:
            if _troubles(result) > counts_before:
                self._show_children()
            shutil.rmtree(self.folder, ignore_errors=True)

    def setUp(self):
        for name, path in (("KEITARO_OUTBOX_BIN", COMMAND), ("KEITARO_SIM_BIN", SIM)):
            if not os.path.exists(path):
                self.fail(f"{name} names no file: {path!r}; run these tests with ctest, or set it")
        self.db_path = os.path.join(self.folder, "app.db")
        self._database = None
        self.addCleanup(self._end_children)

    def _end_children(self):
        for child in self.children:
            child.end()
        if self._database is not None:
            self._database.close()

    def _show_children(self):
        for child in self.children:
            for kind, text in (("stderr", child.stderr()), ("stdout", child.stdout())):
                if text:
                    print(f"--- {kind} of {child.name} (exit {child.code()}), the end:\n{text[-3000:]}", file=sys.stderr)

    # --- parts

    @property
    def db(self):
        if self._database is None:
            self._database = Database(self.db_path)
        return self._database

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        path = self.path(name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    def init(self):
        result = self.ko("init", "--db", self.db_path)
        self.assertEqual(result.code, 0, result)

    def ko(self, *args, env=None, stdin=None, timeout=60):
        """Runs keitaro-outbox to its end."""
        return run_command([COMMAND, *args], env=env, stdin=stdin, timeout=timeout)

    def ko_json(self, *args, env=None, code=0):
        result = self.ko(*args, "--json", env=env)
        self.assertEqual(result.code, code, result)
        return json.loads(result.out)

    def shell(self, sql, db_path=None, timeout_ms=20000):
        """Runs SQL with the sqlite3 shell. `timeout_ms` is its busy time-out; None for a bare shell."""
        patience = [] if timeout_ms is None else ["-cmd", f".timeout {timeout_ms}"]
        return run_command([SQLITE_SHELL, *patience, db_path or self.db_path, sql])

    def start(self, name, args, env=None):
        child = Process(name, args, self.folder, env=env)
        self.children.append(child)
        return child

    def sim(self, *flags, **options):
        sim = Sim(self.folder, *flags, **options)
        self.children.append(sim)
        return sim

    def worker(self, *flags, url=None, name=None, verb="run", private=True, db_path=None, env=None):
        """Starts `run` (or `drain`) on the database; `url` becomes --to."""
        args = [COMMAND, verb, "--db", db_path or self.db_path, "--log-level", "debug"]
        if url is not None:
            args += ["--to", url]
        if private:
            args += ["--allow-private"]
        count = sum(child.name.startswith(verb) for child in self.children)
        return self.start(name or f"{verb}{count + 1}", args + list(flags), env=env)

    def quiet_worker(self, verb, receiver, *flags):
        """One that tells only of what somebody should look at."""
        args = [COMMAND, verb, "--db", self.db_path, "--to", receiver.url, "--allow-private", "--log-level", "warn"]
        return self.start(f"quiet {verb}", args + list(flags))

    def listening(self, worker):
        """The address that a worker with --listen says it serves, as the start of a URL."""
        def found():
            match = re.search(r'listening"?,? ?"?address"?[=:]"?([^\s"]+)', worker.stderr())
            return match and "http://" + match.group(1)
        return wait_until(found, what=lambda: f"the worker says where it listens: {worker.output()}")

    def receiver(self, answer=None, **options):
        from receiver import Receiver  # pylint: disable=import-outside-toplevel

        receiver = Receiver(answer, **options)
        self.addCleanup(receiver.stop)
        return receiver

    def drain(self, receiver, *flags, code=0):
        """Runs `drain` to its end, which must be this exit code."""
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", *flags)
        self.assertEqual(result.code, code, result)
        return result

    def insert_clicks(self, count, prefix="c", **columns):
        """So many rows to send, each of a click of its own."""
        names = ("subid", "status", *columns)
        self.db.insert_many(names, [(f"{prefix}{n}", "lead", *columns.values()) for n in range(count)])

    # --- waiting and asserting

    def wait_for_line(self, child, text, timeout=30, count=1):
        """Waits until stderr holds the text so many times; gives the seconds that took."""
        begun = time.monotonic()
        wait_until(
            lambda: child.stderr().count(text) >= count,
            timeout,
            lambda: f"{text!r} is on stderr: {child.stderr()[-3000:]!r}, exit {child.code()}",
        )
        return time.monotonic() - begun

    def wait_for_states(self, expected, timeout=30):
        """Waits until the states of all rows are exactly `expected`, such as {"delivered": 3}."""
        wanted = collections.Counter(expected)
        wait_until(
            lambda: self.db.states() == wanted,
            timeout,
            lambda: f"states {dict(wanted)}, they are {dict(self.db.states())}; {self._reasons()}",
        )

    def wait_for_state(self, row_id, state, timeout=30):
        wait_until(
            lambda: self.db.state(row_id) == state,
            timeout,
            lambda: f"row {row_id} is {state}: {self.db.row(row_id)}",
        )

    def wait_for_none_pending(self, timeout=30):
        wait_until(
            lambda: self.db.value("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1") is None,
            timeout,
            lambda: f"nothing is pending: {dict(self.db.states())}; {self._reasons()}",
            step=0.05,
        )

    def _reasons(self):
        sql = "SELECT state, reason, count(*) FROM outbox WHERE reason IS NOT NULL GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 5"
        return f"reasons: {self.db.all(sql)}"

    def assert_stays(self, condition, seconds, what):
        """`condition()` holds now and for so long: for "this does not happen", where nothing can be waited for."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertTrue(condition(), what() if callable(what) else what)
            time.sleep(0.02)

    def assert_one_line(self, text):
        """One clear line: not empty, one newline at its end, nothing that spoils a terminal."""
        self.assertRegex(text, r"\A[^\n]*\S[^\n]*\n\Z")


def _troubles(result):
    return 0 if result is None else len(result.failures) + len(result.errors)
