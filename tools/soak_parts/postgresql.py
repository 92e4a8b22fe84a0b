"""The application's database in PostgreSQL, through psql: Python's standard library has no driver. And a server of the soak's own."""

import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

from .children import environment
from .databases import RECENT, ConnectionLost, due_time, params_of
from .evidence import now_ms

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "postgresql"))
import cluster  # noqa: E402  pylint: disable=wrong-import-position,wrong-import-order

_AWAY_FOR = 60  # Seconds after which a server that is away ends the soak.
_LOST = 2  # psql's exit code when the connection is gone.
_TABLES = """
CREATE TABLE orders (outbox_id bigint PRIMARY KEY, subid text NOT NULL, mark text NOT NULL, due_at bigint NOT NULL);
CREATE TABLE operator_edits (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, outbox_id bigint NOT NULL, edit text NOT NULL, at bigint NOT NULL);
"""
# What the verdict needs, as the SQLite file of a run has it.
_EVIDENCE = {
    "outbox": ("id INTEGER PRIMARY KEY, subid, status, tid, payout, params, state, attempts",
               "SELECT id, subid, status, tid, payout, params, state, attempts FROM outbox"),
    "conversions": ("tracker, subid, tid, status, outbox_id", "SELECT tracker, subid, tid, status, outbox_id FROM conversions"),
    "orders": ("outbox_id INTEGER PRIMARY KEY, subid, mark, due_at INTEGER", "SELECT outbox_id, subid, mark, due_at FROM orders"),
    "operator_edits": ("id INTEGER PRIMARY KEY, outbox_id INTEGER, edit, at INTEGER", "SELECT id, outbox_id, edit, at FROM operator_edits"),
}


def is_address(text):
    return text is not None and text.startswith(("postgresql://", "postgres://"))


def psql_command(address):
    return [str(cluster.programs() / "psql"), "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse", "-d", address]


def run_sql(address, sql):
    done = subprocess.run(psql_command(address) + ["-q"], env=environment(), input=sql.encode(), capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"psql: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout.decode()


def literal(text):
    return "'" + text.replace("'", "''") + "'"


class Session:
    """One psql, which is told one transaction after another."""

    def __init__(self, address):
        self._psql = subprocess.Popen(psql_command(address), env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, start_new_session=True)

    def transact(self, statements, end="COMMIT"):
        """The lines of their results. Raises ConnectionLost."""
        try:
            self._psql.stdin.write(";\n".join(["BEGIN", *statements, end]).encode() + b";\n")
            self._psql.stdin.flush()
        except OSError:
            self._fail()
        lines = []
        while True:
            line = self._psql.stdout.readline().decode()
            if not line:
                self._fail()
            line = line.rstrip("\n")
            if line == end:
                return [line for line in lines if line != "BEGIN" and not line.startswith("INSERT ")]
            lines.append(line)

    def _fail(self):
        _, said = self._psql.communicate(timeout=60)
        words = said.decode(errors="replace").strip()
        # A deadlock between an edit of the operator's and a recording is an application's to try again.
        if self._psql.returncode == _LOST or any(known in words for known in ("deadlock", "terminating connection", "starting up", "shutting down")):
            raise ConnectionLost(words)
        raise RuntimeError(f"psql ended with code {self._psql.returncode}: {words}")

    def close(self):
        """What is under way is rolled back, or was committed."""
        for stream in (self._psql.stdin, self._psql.stdout, self._psql.stderr):
            try:
                stream.close()
            except OSError:
                pass
        try:
            self._psql.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._psql.kill()
            self._psql.wait()


class PostgresqlDatabase:
    def __init__(self, folder):
        self._folder = folder
        self._address = folder.address()
        self._session = None

    def create_tables(self):
        run_sql(self._address, _TABLES)

    def _transact(self, *statements, end="COMMIT"):
        """Once: what becomes of it when the connection is lost, nobody can say."""
        if self._session is None:
            self._session = Session(self._address)
        try:
            return self._session.transact(statements, end)
        except (ConnectionLost, RuntimeError):
            self.close()
            raise

    def _read(self, sql):
        """As often as it takes."""
        end = time.monotonic() + _AWAY_FOR
        while True:
            try:
                return self._transact(sql)
            except ConnectionLost:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    # --- the application

    def insert(self, steps):
        return [int(line) for line in self._transact(*map(self._insert, steps))]

    @staticmethod
    def _insert(step):
        due_at = due_time(step)
        values = ", ".join((
            literal(step.subid), literal(step.status), f"nullif({literal(step.tid)}, '')", step.payout or "NULL", "'usd'",
            literal(params_of(step)), f"nullif({literal(step.event_id)}, '')",
            f"timestamptz 'epoch' + {due_at} * interval '1 millisecond'" if due_at else "'-infinity'"))
        return (f"WITH row AS (INSERT INTO outbox (subid, status, tid, payout, currency, params, event_id, due_at) VALUES ({values})"
                f" ON CONFLICT DO NOTHING RETURNING id)"
                f" INSERT INTO orders SELECT id, {literal(step.subid)}, {literal(step.mark)}, {due_at} FROM row RETURNING outbox_id")

    def take_back(self, subid, pause):
        self._transact(f"INSERT INTO outbox (subid, status, params) VALUES ({literal(subid)}, 'sale', '{{\"sub_id_1\":\"taken-back\"}}')",
                       f"SELECT pg_sleep({pause})", end="ROLLBACK")

    # --- the operator

    def cancel(self):
        self._change("cancel", "state = 'cancelled'", "state = 'pending'")

    def retry(self, state):
        self._change("retry", "state = 'pending', due_at = '-infinity'", f"state = {literal(state)}")

    def _change(self, edit, change, which):
        self._transact(
            f"WITH edited AS (UPDATE outbox SET {change} WHERE id IN (SELECT id FROM outbox WHERE id > {self.rows() - RECENT} AND {which}"
            f" ORDER BY random() LIMIT 2) AND {which} RETURNING id)"
            f" INSERT INTO operator_edits (outbox_id, edit, at) SELECT id, {literal(edit)}, {now_ms()} FROM edited")

    # --- the conductor

    def rows(self):
        return int(self._read("SELECT last_value FROM pg_sequences WHERE schemaname = current_schema AND sequencename = 'outbox_id_seq'")[0] or 0)

    def pending(self):
        return int(self._read("SELECT (SELECT count(*) FROM outbox WHERE state = 'pending' AND waits_for IS NULL)"
                              " + (SELECT count(*) FROM outbox WHERE state = 'pending' AND waits_for IS NOT NULL)")[0])

    def log_bytes(self):
        """The server's log is not ours to bound."""
        return 0

    def bytes(self):
        return int(self._read("SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relnamespace = current_schema::regnamespace"
                              " AND relkind = 'r' AND relname NOT IN ('orders', 'operator_edits')")[0])

    def terminate_one(self, chance):
        """Ends a connection of a worker of this run, if there is one; it is known by the name in the run's address."""
        backends = self._read("SELECT pid FROM pg_stat_activity WHERE application_name = current_setting('application_name')"
                              " AND pid <> pg_backend_pid()")
        if backends:
            self._read(f"SELECT pg_terminate_backend({chance.choice(backends)})")
        return len(backends)

    def leave_evidence(self):
        copy = sqlite3.connect(self._folder.app_db, isolation_level=None)
        copy.execute("BEGIN")
        for table, (columns, query) in _EVIDENCE.items():
            copy.execute(f"CREATE TABLE {table} ({columns})")
            places = ", ".join("?" * len(columns.split(", ")))
            lines = run_sql(self._address, f"\\pset fieldsep '\\t'\n\\pset null '\\\\N'\n{query};\n").splitlines()
            copy.executemany(f"INSERT INTO {table} VALUES ({places})",
                             ([None if value == "\\N" else value for value in line.split("\t")] for line in lines))
        copy.execute("COMMIT")
        copy.close()

    def close(self):
        if self._session is not None:
            self._session.close()
            self._session = None


class Misfortunes:
    """What befalls the database. Each is noted, from its beginning to its end."""

    def __init__(self, place, database, record, chance):
        self.has_server = place.has_server
        self._place, self._database, self._record, self._chance = place, database, record, chance
        self._away_since = None

    def end_connection(self):
        begun_at = now_ms()
        if self._database.terminate_one(self._chance):
            self._record.event("connection", begun_at, now_ms())

    def stop_server(self):
        self._away_since = now_ms()
        self._place.kill()

    def start_server(self):
        self._place.start()
        self._record.event("server", self._away_since, now_ms())


class Schema:
    """A schema of this run's own in somebody's database, whose server is not to be killed."""

    has_server = False

    def __init__(self, address):
        self._server = address
        self._name = f"keitaro_soak_{os.getpid()}_{random.randrange(1 << 30):x}"
        self.address = f"{address}{'&' if '?' in address else '?'}options=-csearch_path%3D{self._name}&application_name={self._name}"

    def create(self):
        run_sql(self._server, f"CREATE SCHEMA {self._name}")

    def remove(self):
        run_sql(self._server, f"SET client_min_messages = warning; DROP SCHEMA {self._name} CASCADE")


class Server:
    """A server of the soak's own, unprivileged and temporary. What it has committed lasts when it is killed."""

    has_server = True

    def __init__(self):
        # Not in memory, as it may grow; and not where TMPDIR says: the server may run as another user, who cannot enter there.
        self._cluster = cluster.Cluster(tempfile.mkdtemp(prefix="keitaro-soak-server.", dir="/var/tmp"),
                                        cluster.SETTINGS.replace("synchronous_commit = off", "synchronous_commit = on"))
        self.address = f"{self._cluster.url()}&application_name=keitaro_soak"

    def create(self):
        try:
            self._cluster.create().start()
        except SystemExit as failed:
            raise RuntimeError(str(failed)) from failed

    def kill(self):
        """pg_ctl -m immediate: every process of it ends at once."""
        self._cluster.stop("immediate")

    def start(self):
        self._cluster.start()

    def remove(self):
        self._cluster.remove()
