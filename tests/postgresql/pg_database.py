"""A database of a test's own on the server that the tests share, and psql to reach it."""

import atexit
import itertools
import os
import pathlib
import subprocess
import unittest

import cluster

SOURCE = pathlib.Path(os.environ.get("KEITARO_OUTBOX_SOURCE_DIR", pathlib.Path(__file__).resolve().parents[2]))
SCHEMA = SOURCE / "schema" / "outbox.postgresql.sql"
NOTIFY = SOURCE / "schema" / "outbox.postgresql-notify.sql"
numbers = itertools.count(1)
own = []


def server():
    """The server that ctest has started, or one that lasts as long as this process."""
    shared = os.environ.get("KEITARO_OUTBOX_TEST_POSTGRESQL")
    if shared:
        return cluster.Cluster(pathlib.Path(shared).read_text(encoding="utf-8"))
    if not own:
        own.append(cluster.Cluster())
        atexit.register(own[0].remove)
        own[0].create().start()
    return own[0]


class SqlError(Exception):
    """What psql said."""


def psql(url, *arguments, text=None):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run([cluster.programs() / "psql", "-X", "-q", "-A", "-t", "-P", "null=-", "-v", "ON_ERROR_STOP=1", *map(str, arguments), url],
                          input=text, capture_output=True, text=True, check=False,
                          env=environment | {"PGTZ": "UTC"})
    if done.returncode:
        raise SqlError(done.stderr.strip())
    return done.stdout.strip("\n").split("\n") if done.stdout.strip("\n") else []


class Held:
    def __init__(self, url, statement):
        self.process = subprocess.Popen([cluster.programs() / "psql", "-X", "-q", "-A", "-t", url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(f"BEGIN;\n{statement};\nSELECT 'held';\n")
        self.process.stdin.flush()
        for line in self.process.stdout:
            if line == "held\n":
                return
        raise SqlError(f"cannot hold {statement}")

    def end(self):
        if self.process.poll() is None:
            self.process.communicate("COMMIT;\n")


class Database:
    """A schema by itself: to its connections the same as a database of its own, and made in a fraction of the time."""

    def __init__(self, owner="postgres"):
        self.server = server()
        self.name = f"test_{os.getpid()}_{next(numbers)}"
        self.owner = owner
        self.held = []
        psql(self.server.url(), text=f"CREATE SCHEMA {self.name} AUTHORIZATION {owner}")

    def drop(self):
        for held in self.held:
            held.end()
        psql(self.server.url(), text=f"DROP SCHEMA {self.name} CASCADE")

    def url(self, user=None):
        return f"{self.server.url(user=user or self.owner)}&options=-csearch_path%3D{self.name}"

    def sql(self, *statements, user=None):
        """All in one transaction; a line for each row of each result."""
        return psql(self.url(user), "-1", text=";\n".join(statements))

    def hold(self, statement):
        """Runs a statement in a transaction that lasts until end() is called."""
        self.held.append(Held(self.url(), statement))
        return self.held[-1]

    def notify(self):
        """Makes the trigger that tells of commits."""
        psql(self.url(), "-f", NOTIFY)

    def install(self, user=None):
        psql(self.url(user), "-f", SCHEMA)
        return self


class DatabaseTest(unittest.TestCase):
    def database(self, **options):
        database = Database(**options)
        self.addCleanup(database.drop)
        return database

    def role(self, attributes=""):
        """An unprivileged one of the test's own."""
        name = f"role_{os.getpid()}_{next(numbers)}"
        psql(server().url(), text=f"CREATE ROLE {name} LOGIN {attributes}")
        self.addCleanup(lambda: psql(server().url(), text=f"DROP ROLE {name}"))
        return name
