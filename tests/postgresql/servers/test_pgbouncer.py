"""PgBouncer between the workers and the server: in transaction mode all works, in statement mode one line says what to do."""

import os
import subprocess
import tempfile
import unittest

import cluster
from harness import wait_until
from outbox_test import OutboxTest
from pg_database import SqlError, psql, server

LONG = 60  # seconds, for a busy machine

# It takes any name for that of the role that it connects as itself. Fewer connections than the workers have between them.
CONFIGURATION = """
[databases]
outbox = host={server} dbname={database} user=postgres
statements = host={server} dbname={database} user=postgres pool_mode=statement

[pgbouncer]
listen_addr =
unix_socket_dir = {folder}
listen_port = 6432
auth_type = any
pool_mode = transaction
default_pool_size = 3
logfile = {folder}/log
"""


def program():
    for path in ("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer"):
        if os.path.exists(path):
            return path
    raise unittest.SkipTest("needs PgBouncer: apt-get install pgbouncer")


class PooledOutbox(OutboxTest):
    """A database of its own, as a pooler of transactions takes no schema from the address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.database_name = f"pooled_{os.getpid()}"
        psql(server().url(), text=f"CREATE DATABASE {cls.database_name}")
        cls.addClassCleanup(lambda: psql(server().url(), text=f"DROP DATABASE {cls.database_name} WITH (FORCE)"))
        folder = tempfile.TemporaryDirectory(prefix="keitaro-outbox-pgbouncer-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder_of_pooler = folder.name
        demote = cluster.unprivileged()
        if demote:
            os.chown(folder.name, demote["user"], demote["group"])
        configuration = os.path.join(folder.name, "pgbouncer.ini")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(server=server().folder, database=cls.database_name, folder=folder.name))
        pooler = subprocess.Popen([program(), "-q", configuration], **demote, cwd="/", stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(pooler.wait, 30)
        cls.addClassCleanup(pooler.terminate)
        wait_until(cls.answers, what="PgBouncer takes connections")

    @classmethod
    def answers(cls):
        try:
            return psql(cls.pooled("outbox"), text="SELECT 1")
        except SqlError:
            return None

    @classmethod
    def pooled(cls, pool):
        return f"postgresql://anybody@/{pool}?host={cls.folder_of_pooler}&port=6432"

    # What OutboxTest needs of a database: made and looked at without the pooler.
    def database(self):
        self.addCleanup(self.sql, "DROP SCHEMA public CASCADE", "CREATE SCHEMA public")
        return self

    def url(self):
        return server().url(self.database_name)

    def sql(self, *statements):
        return psql(self.url(), "-1", text=";\n".join(statements))


class PgBouncer(PooledOutbox):
    def end_connections(self):
        """How many were there."""
        return int(self.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                            f" WHERE datname = '{self.database_name}' AND pid <> pg_backend_pid()")[0])

    def test_two_workers_deliver_in_order_by_pooled_transactions_whose_connections_are_ended(self):
        first, second = self.receiver(), self.receiver()
        workers = [self.worker(url=receiver.url, db_path=self.pooled("outbox")) for receiver in (first, second)]
        self.wait_for_shares(128, 128)
        self.insert_clicks(334, rows_each=3)
        for delivered in (100, 400, 700):
            wait_until(lambda: first.count() + second.count() > delivered, LONG, "they deliver")
            wait_until(self.end_connections, LONG, "there are connections to end")
        self.wait_for_states({"delivered": 1002}, timeout=LONG)
        self.assert_in_order(first, second)
        sent = {(request.subid, request.params["status"]) for receiver in (first, second) for request in receiver.seen()}
        self.assertEqual(len(sent), 1002)
        for worker in workers:
            self.assertEqual(worker.terminate(), 0)

    def test_verbs_work_by_pooled_transactions(self):
        db = self.pooled("outbox")
        self.assertEqual(self.ko("add", "--db", db, "--subid", "one", "--status", "lead").code, 0)
        receiver = self.receiver()
        for verb in (("status",), ("list",), ("show", "one"), ("explain", "1"), ("cancel", "--id", "1"), ("retry", "--id", "1"),
                     ("drain", "--to", receiver.url, "--allow-private")):
            result = self.ko(*verb, "--db", db)
            self.assertEqual(result.code, 0, (verb, result))
        self.assertEqual(receiver.count(), 1)

    def test_a_pool_of_statements_is_refused_with_one_line_that_says_what_to_do(self):
        receiver = self.receiver()
        self.insert()
        db = self.pooled("statements")
        for verb in (("run", "--to", receiver.url, "--allow-private"), ("drain", "--to", receiver.url, "--allow-private"), ("status",)):
            result = self.ko(*verb, "--db", db, timeout=20)
            self.assertEqual(result.code, 1, (verb, result))
            self.assert_one_line(result.err)
            self.assertIn("pool_mode = transaction", result.err)
        self.assertEqual(receiver.count(), 0)

    def test_a_schema_in_the_address_is_refused_with_one_line_that_says_what_to_do(self):
        db = self.pooled("outbox") + "&options=-csearch_path%3Dpublic"
        result = self.ko("run", "--db", db, "--to", "http://127.0.0.1:9/key/postback", "--allow-private", timeout=20)
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("ALTER ROLE", result.err)


if __name__ == "__main__":
    unittest.main()
