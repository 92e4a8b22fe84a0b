"""A row committed by anybody reaches the tracker; the schema lives in the application's own file."""

import os
import sqlite3
import statistics
import time
import unittest

import harness
from harness import E2ETest, wait_until

APPLICATION = """
PRAGMA user_version = 42;
PRAGMA application_id = 7777;
CREATE TABLE orders (id INTEGER PRIMARY KEY, paid INTEGER NOT NULL DEFAULT 0);
CREATE INDEX orders_paid ON orders (paid);
CREATE VIEW unpaid AS SELECT id FROM orders WHERE paid = 0;
INSERT INTO orders (id) VALUES (7), (8);
"""


class FirstDelivery(E2ETest):
    def test_a_row_inserted_with_the_shell_reaches_a_running_workers_tracker(self):
        self.init()
        receiver = self.receiver()
        self.worker(url=receiver.url)
        done = self.shell("INSERT INTO outbox(subid,status) VALUES('abc','approve')", timeout_ms=None)
        self.assertEqual(done, (0, "", ""))
        wait_until(receiver.count, what="a request arrives")
        request = receiver.seen()[0]
        self.assertEqual(request.method, "GET")
        self.assertEqual(request.target.partition("?")[0], f"/{harness.KEY}/postback")
        self.assertEqual(request.params["subid"], "abc")
        self.assertEqual(request.params["status"], "sale")
        self.assertEqual(request.params["return"], "OK")
        self.assertRegex(request.headers["user-agent"], r"\Akeitaro-outbox/\d+\.\d+\.\d+\Z")
        self.wait_for_state(1, "delivered")
        row = self.db.row(1)
        self.assertEqual((row["attempts"], row["sent_as"], row["http_status"]), (1, "sale", 200))
        self.assertEqual(row["response"], "OK")
        self.assertIsNone(row["reason"])
        self.assertGreaterEqual(row["finished_at"], row["created_at"] - 1)
        self.assertEqual(receiver.count(), 1)

    def test_a_commit_is_noticed_at_once(self):
        self.init()
        receiver = self.receiver()
        self.worker(url=receiver.url)
        latencies = []
        for number in range(51):
            self.db.insert(subid=f"click-{number}", status="lead")
            committed = time.monotonic()
            wait_until(lambda expected=number: receiver.count() > expected, what="the row arrives", step=0.0005)
            if number:  # The first finds the worker starting.
                latencies.append(receiver.seen()[number].at - committed)
        median = statistics.median(latencies)
        print(f"commit to arrival: median {median * 1000:.2f} ms, longest {max(latencies) * 1000:.2f} ms")
        self.assertLess(median, 0.5)
        self.assertLess(max(latencies), 5.0)

    def test_rows_committed_before_the_worker_starts_are_sent(self):
        self.init()
        ids = [self.db.insert(subid=f"click-{n}", status="lead") for n in range(20)]
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": len(ids)})
        self.assertEqual(sorted(r.subid for r in receiver.seen()), sorted(f"click-{n}" for n in range(20)))

    def test_a_transaction_that_is_rolled_back_sends_nothing(self):
        self.init()
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.execute("BEGIN IMMEDIATE")
        self.db.insert(subid="never", status="sale")
        self.db.execute("ROLLBACK")
        self.db.insert(subid="after", status="sale")
        wait_until(receiver.count)
        self.wait_for_states({"delivered": 1})
        self.assertEqual([r.subid for r in receiver.seen()], ["after"])

    def test_nothing_is_sent_before_due_at(self):
        self.init()
        receiver = self.receiver()
        self.worker(url=receiver.url)
        due_at = int(time.time() * 1000) + 1500
        row = self.db.insert(subid="later", status="lead", due_at=due_at)
        self.db.insert(subid="now", status="lead")
        wait_until(lambda: receiver.count() == 2)
        arrived = time.time() * 1000
        self.assertGreaterEqual(arrived, due_at)
        self.assertEqual([r.subid for r in receiver.seen()], ["now", "later"])
        self.wait_for_state(row, "delivered")

    def test_drain_delivers_what_is_there_and_ends(self):
        self.init()
        self.db.insert_many(("subid", "status"), [(f"click-{n}", "lead") for n in range(300)])
        receiver = self.receiver()
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.db.states(), {"delivered": 300})
        self.assertEqual(receiver.count(), 300)


class TheSchema(E2ETest):
    def schema(self, path):
        connection = sqlite3.connect(path)
        try:
            return connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY rowid").fetchall()
        finally:
            connection.close()

    def schema_file(self):
        return os.path.join(harness.SOURCE_DIR, "schema", "outbox.sql")

    def load_schema_file(self, path):
        with open(self.schema_file(), "rb") as file:
            return harness.run_command([harness.SQLITE_SHELL, path], stdin=file.read())

    def test_the_shell_and_init_give_the_same_schema_byte_for_byte(self):
        self.init()
        by_shell = self.path("shell.db")
        self.assertEqual(self.load_schema_file(by_shell).code, 0)
        self.assertEqual(self.schema(by_shell), self.schema(self.db_path))

    def test_the_recorded_migrations_are_the_same_by_both_ways(self):
        self.init()
        by_shell = self.path("shell.db")
        self.load_schema_file(by_shell)
        found = []
        for path in (self.db_path, by_shell):
            database = harness.Database(path)
            found.append(database.all("SELECT version, name, checksum FROM outbox_migrations ORDER BY version"))
            database.close()
        self.assertEqual(found[0], found[1])
        self.assertTrue(found[0])
        for _, _, checksum in found[0]:
            self.assertRegex(checksum, r"\A[0-9a-f]{64}\Z")

    def test_init_over_the_shells_schema_changes_nothing(self):
        self.load_schema_file(self.db_path)
        before = self.schema(self.db_path)
        self.init()
        self.assertEqual(self.schema(self.db_path), before)

    def test_a_database_made_by_the_shell_is_drained(self):
        self.load_schema_file(self.db_path)
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.count(), 1)

    def test_init_twice_is_harmless(self):
        self.init()
        self.db.insert(subid="abc", status="sale")
        before = self.schema(self.db_path)
        self.init()
        self.assertEqual(self.schema(self.db_path), before)
        self.assertEqual(self.db.states(), {"pending": 1})

    def test_init_leaves_the_applications_own_things_alone(self):
        self.assertEqual(self.shell(APPLICATION).code, 0)
        before = self.schema(self.db_path)
        self.init()
        self.assertEqual(self.db.value("PRAGMA user_version"), 42)
        self.assertEqual(self.db.value("PRAGMA application_id"), 7777)
        self.assertEqual(self.db.value("PRAGMA journal_mode"), "wal")
        self.assertEqual(self.db.all("SELECT id, paid FROM orders"), [(7, 0), (8, 0)])
        own = [entry for entry in self.schema(self.db_path) if entry[2] in ("orders", "unpaid")]
        self.assertEqual(own, before)

    def test_the_business_fact_and_the_conversion_are_one_transaction(self):
        self.shell(APPLICATION)
        self.init()
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("UPDATE orders SET paid = 1 WHERE id = 7")
        self.db.insert(subid="abc", status="sale", tid="order-7", payout="12.50", currency="usd")
        self.db.execute("COMMIT")
        wait_until(receiver.count)
        params = receiver.seen()[0].params
        self.assertEqual((params["tid"], params["payout"], params["currency"]), ("order-7", "12.5", "usd"))
        self.wait_for_states({"delivered": 1})
        self.assertEqual(self.db.value("PRAGMA user_version"), 42)

    def test_a_newer_schema_than_the_command_knows_is_refused(self):
        self.init()
        self.db.execute("INSERT INTO outbox_migrations (version, name, checksum, applied_at) VALUES (9999, 'later', 'x', 1)")
        for verb in ("init", "drain", "status"):
            with self.subTest(verb=verb):
                extra = ("--to", "http://127.0.0.1:9/k/postback") if verb == "drain" else ()
                result = self.ko(verb, "--db", self.db_path, *extra)
                self.assertEqual(result.code, 1, result)
                self.assert_one_line(result.err)
                self.assertIn("newer", result.err)

    def test_a_migration_that_was_tampered_with_is_refused(self):
        self.init()
        self.db.execute("UPDATE outbox_migrations SET checksum = 'something else'")
        result = self.ko("init", "--db", self.db_path)
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)

    def test_names_of_the_application_that_clash_are_told_plainly(self):
        self.shell("CREATE TABLE conversions (id INTEGER PRIMARY KEY); INSERT INTO conversions VALUES (1);")
        result = self.ko("init", "--db", self.db_path)
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("conversions", result.err)
        self.assertEqual(self.db.all("SELECT name FROM sqlite_master WHERE type = 'table'"), [("conversions",)])


if __name__ == "__main__":
    unittest.main()
