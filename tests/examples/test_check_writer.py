"""tools/check-writer finds each way of doing it wrong, and nothing where it is done right."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import unittest

import toolchains
from harness import COMMAND, SOURCE_DIR, E2ETest, wait_until

sys.path.insert(0, os.path.join(SOURCE_DIR, "tools"))

from check_writer_parts import command, locks, replica, row_rules, trackers, watch  # noqa: E402  pylint: disable=wrong-import-position

BAD_WRITER = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bad_writer.py")
ORDERS = "CREATE TABLE orders (id INTEGER PRIMARY KEY, what TEXT)"


class CheckWriterTest(E2ETest):
    def setUp(self):
        super().setUp()
        self.new_database()

    def new_database(self):
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.unlink(self.db_path + suffix)
        with open(os.path.join(SOURCE_DIR, "schema", "outbox.sql"), encoding="utf-8") as file:
            db = sqlite3.connect(self.db_path)
            db.executescript(file.read())
            db.execute(ORDERS)
            db.close()

    def check(self, *flags, way="well", code=0, place="{db}"):
        result = toolchains.check_writer("--db", self.db_path, *flags, "--json", "--", toolchains.PYTHON, BAD_WRITER, way, place)
        self.assertEqual((result.code, result.err), (code, ""), result.out)
        return json.loads(result.out)

    def assert_found(self, said, check, words, severity="wrong"):
        texts = [f["text"] for f in said["findings"] if (f["check"], f["severity"]) == (check, severity)]
        self.assertTrue(any(words in text for text in texts), said["findings"])
        self.assertNotIn(check, said["passed"])


class OneRun(CheckWriterTest):
    # What the writer does, what is found of it, flags.
    TABLE = [
        ("in_two_transactions", "transaction", "did not change orders", ["--business-table", "orders"]),
        ("in_two_transactions", "transaction", "while other commits changed orders", []),
        ("keeps_the_lock", "long_lock", "held the write lock for", ["--longest-lock-ms", "150"]),
        ("sends_one_event_twice", "same_event", 'under the event_ids "a" and "b"', []),
        ("without_event_id", "event_id", "no event_id", []),
        ("with_a_large_id", "id", "1700000000", []),
        ("with_a_comma", "turned_away", "payout_must_be_a_plain_decimal_such_as_12_5", []),
        ("with_a_comma", "arrived", "no row arrived", []),
        ("with_a_blob", "type", "BLOB does not fit the column payout", []),
        ("writes_nothing", "arrived", "exit code 0", []),
        ("rolls_back", "arrived", "no row arrived", []),
        ("changes_facts", "worker_columns", "changes the facts", []),
        ("drops_a_trigger", "schema", "the trigger outbox_facts_are_fixed of the outbox is missing", []),
        ("adds_a_trigger", "schema", "a trigger mine on outbox", []),
        ("distrusts_schema", "trusted_schema", "trusted_schema = OFF", []),
        ("leaves_wal", "journal_mode", "changes journal_mode", ["--copy"]),
    ]

    def test_each_wrong_is_found_by_its_name(self):
        for way, check, words, flags in self.TABLE:
            with self.subTest(way, flags=flags):
                self.new_database()
                self.assert_found(self.check("--no-busy", *flags, way=way, code=1), check, words)

    def test_what_a_script_sets_that_nobody_sees_from_outside_is_read_in_it(self):
        for words, check in (("synchronous = OFF", "synchronous"), ("synchronous=0", "synchronous"), ("trusted_schema=off", "trusted_schema"), ("journal_mode = 'delete'", "journal_mode")):
            with self.subTest(words):
                script = self.write("pragma.py", f'"""PRAGMA {words}"""')
                found = [(finding.check, finding.severity) for finding in command.read_in_scripts(["python3", script, "synchronous=OFF"])]
                self.assertEqual(found, [(check, "wrong")])
        self.assertEqual([finding.severity for finding in command.read_in_scripts([self.write("pragma.py", "PRAGMA synchronous=NORMAL")])], ["hint"])
        self.assertEqual(list(command.read_in_scripts([BAD_WRITER, toolchains.PYTHON])), [])

    def test_insert_or_ignore_is_read_in_scripts_and_in_sql_among_the_words(self):
        for statement in ("INSERT OR IGNORE INTO outbox (subid)", "insert  or ignore\ninto main.outbox(", 'INSERT OR IGNORE INTO "outbox"', "UPDATE OR IGNORE outbox SET"):
            with self.subTest(statement):
                for words in (["python3", self.write("insert.py", f"db.execute('{statement}')")], ["sqlite3", "app.db", statement]):
                    self.assertEqual([(found.check, found.severity) for found in command.read_in_scripts(words)], [("ignore", "wrong")])
        for harmless in ("INSERT INTO outbox (subid) VALUES (1) ON CONFLICT DO NOTHING", "INSERT OR IGNORE INTO orders", "INSERT OR IGNORE INTO outbox_notes"):
            self.assertEqual(list(command.read_in_scripts(["sqlite3", "app.db", harmless])), [])

    def test_a_writer_that_does_right_is_told_so_in_lines_that_fit(self):
        result = toolchains.check_writer("--db", self.db_path, "--business-table", "orders", "--lock-seconds", "0.1", "--", toolchains.PYTHON, BAD_WRITER, "well", self.db_path)
        self.assertEqual((result.code, result.err), (0, ""), result.out)
        self.assertIn("Nothing wrong with 1 row.", result.out)
        self.assertLessEqual(max(map(len, (result.out + toolchains.check_writer("--help").out).splitlines())), 80)

    def test_a_writer_that_does_not_wait_for_the_lock_is_found(self):
        for way, words in (("has_no_busy_timeout", "and the command failed"), ("swallows_errors", "the event is lost")):
            with self.subTest(way):
                self.new_database()
                said = self.check("--lock-seconds", "1", way=way, code=1)
                self.assert_found(said, "busy", words)
                self.assertEqual(said["rows"], 1, "the run without the lock was judged too")


class Again(CheckWriterTest):
    def test_a_second_run_that_adds_rows_or_fails_is_found(self):
        table = [
            ("without_event_id", "repeat", "added 1 row: no event_id"),
            ("with_another_event_id_each_time", "repeat", "the first time event_id was"),
            ("without_on_conflict", "conflict", "event_id was there already"),
            ("by_replace", "replace", "took the place of row 1"),
        ]
        for way, check, words in table:
            with self.subTest(way):
                self.new_database()
                self.assert_found(self.check("--no-busy", "--twice", way=way, code=1), check, words)

    def test_a_writer_that_a_kill_leaves_half_done_is_found(self):
        said = self.check("--no-busy", "--copy", "--kill", "4", way="in_two_transactions_and_never_again", code=1)
        self.assert_found(said, "kill", "orders was written, and postbacks were missing")

    def test_insert_or_ignore_is_found_though_no_row_was_dropped(self):
        said = self.check("--no-busy", "--copy", way="or_ignore", code=1)
        self.assert_found(said, "ignore", "the command said nothing and ended with 0")
        self.new_database()
        for way in ("well", "without_on_conflict"):
            self.assertIn("ignore", self.check("--no-busy", "--copy", way=way)["passed"])

    def test_kill_and_copy_leave_the_database_as_it_is(self):
        with open(self.db_path, "rb") as file:
            before = file.read()
        self.check("--no-busy", "--copy", "--kill", "2", "--twice", way="without_event_id", code=1)
        with open(self.db_path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ["app.db"])


class Watching(CheckWriterTest):
    ROWS = [
        # What is wrong with the row, of which check, in which words; each has the row to itself.
        ({"event_id": None}, "event_id", "has no event_id"),
        ({"event_id": " "}, "event_id", "is empty"),
        ({"tracker": "partner"}, "tracker", 'no tracker "partner"'),
        ({"subid": "%7Bsubid%7D"}, "macro", "subid is"),
        ({"subid": "[CLICK_ID]"}, "macro", "subid is"),
        ({"subid": "__CLICK_ID__"}, "macro", "subid is"),
        ({"subid": "$subid"}, "macro", "subid is"),
        ({"tid": "{lead}"}, "macro", "tid is"),
        ({"params": '{"sub_id_1":"{username}"}'}, "macro", "params hold"),
        ({"subid": "undefined"}, "subid", "did not have"),
        ({"subid": "2kd9a0c "}, "whitespace", "around it"),
        ({"subid": "2kd9 a0c"}, "whitespace", "holds blanks"),
        ({"tid": "7\n"}, "whitespace", "tid has blanks"),
        ({"status": "paid"}, "status", "does not know"),
        ({"status": "rebill", "tid": None}, "tid", "without tid"),
        ({"payout": "12.499999999"}, "amount", "at most 4 places"),
        ({"cost": str(0.1 + 0.2)}, "amount", "cost is"),
        ({"currency": "uds"}, "currency", "no currency"),
        ({"params": '{"a":1,"a":2}'}, "params", "twice"),
        ({"params": '{"a":[1]}'}, "params", "a list or an object"),
        ({"params": '{"a":{}}'}, "params", "a list or an object"),
        ({"params": '{"":1}'}, "params", "empty name"),
        ({"params": '{"subid[]":1}'}, "params", "column of its own"),
        ({"due_at": 1_900_000_000}, "due_at", "looks like seconds"),
        ({"due_at": 9_000_000_000_000_000}, "due_at", "more than a year"),
        ({"created_at": 1_700_000_000}, "created_at", "not the time"),
        ({"state": "delivered"}, "worker_columns", "never be sent"),
        ({"attempts": 1, "reason": "x"}, "worker_columns", "attempts, reason"),
    ]
    HINTS = [({"status": "wait"}, "payout", "a lead has a payout"), ({"payout": None}, "currency", "neither payout nor cost")]

    def insert(self, number, columns):
        row = {"subid": f"2kd9a{number}", "status": "sale", "tid": f"order-{number}", "payout": "12.50", "currency": "usd", "event_id": f"order-{number}-paid", **columns}
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("INSERT INTO orders VALUES (?, 'paid')", (number,))
        row_id = self.db.insert(**row)
        self.db.execute("COMMIT")
        return row_id

    def watch(self, *flags):
        watcher = subprocess.Popen([toolchains.PYTHON, toolchains.CHECK_WRITER, "--db", self.db_path, *flags], stdout=subprocess.PIPE, text=True)
        self.addCleanup(watcher.stdout.close)
        self.addCleanup(watcher.kill)
        return watcher

    def end(self, watcher, code):
        watcher.send_signal(signal.SIGINT)
        out = watcher.stdout.read()
        self.assertEqual(watcher.wait(30), code, out)
        return out

    def started(self, watcher):
        self.assertIn("watching until Ctrl-C", watcher.stdout.readline())

    def test_each_bad_row_is_found_and_the_good_ones_are_not(self):
        config = self.write("outbox.toml", '[[tracker]]\nurl = "https://tracker.example/key/postback"\n')
        known = trackers.read(config)
        for number, (columns, check, words) in enumerate(self.ROWS + self.HINTS):
            with self.subTest(columns):
                row = self.db.row(self.insert(number, columns))
                found = row_rules.judge(row, known)
                self.assertEqual([f.check for f in found if f.check != "currency" or check == "currency"], [check])
                self.assertIn(words, found[0].text)
                self.assertEqual(found[0].severity, "wrong" if (columns, check, words) in self.ROWS else "hint")
        for number, columns in enumerate([{}, {"params": '{"sub_id_1":"50%"}', "tracker": "default"}, {"status": " Approve "}, {"payout": None, "currency": None}, {"subid": "37o23c7.1f-a_b"}, {"currency": "EUR"}]):
            with self.subTest(columns):
                self.assertEqual(row_rules.judge(self.db.row(self.insert(100 + number, columns)), known), [])

    def test_the_configuration_decides_about_statuses_and_trackers(self):
        known = trackers.read(self.write("outbox.toml", """
            [[tracker]]
            url = "https://tracker.example/key/postback"
            statuses = { Paid = "sale", again = "rebill" }
            [[tracker]]
            name = "partner"
            [tracker.templates]
            wait = "https://tracker.example/key/postback?subid={click}&status=lead"
            [campaign.SUMMER]
            tracker = "partner"
            [campaign.SUMMER.templates]
            approve = ""
        """))
        table = [
            ({"status": "paid"}, []), ({"status": "again", "tid": None}, ["tid"]), ({"status": "nonsense"}, ["status"]),
            ({"tracker": "partner", "status": "WAIT", "payout": None, "currency": None}, []), ({"tracker": "partner", "status": "approve"}, ["status"]),
            ({"tracker": "partner", "status": "approve", "campaign": "SUMMER"}, []), ({"tracker": "partner", "status": "wait", "campaign": "SUMMER", "payout": None, "currency": None}, ["status"]),
            ({"tracker": "other"}, ["tracker"]),
        ]
        for number, (columns, expected) in enumerate(table):
            with self.subTest(columns):
                self.assertEqual([f.check for f in row_rules.judge(self.db.row(self.insert(number, columns)), known)], expected)

    def test_a_database_is_watched_until_ctrl_c(self):
        watcher = self.watch("--business-table", "orders")
        self.started(watcher)
        self.insert(1, {})
        self.insert(2, {"event_id": None})
        self.db.insert(subid="alone", status="lead", event_id="alone")
        out = self.end(watcher, 1)
        self.assertRegex(out, r"WRONG  the row has no event_id: .*\n.*\(row\s+2\)")
        self.assertRegex(out, r"did not change orders[^(]*\(row\s+3\)")
        self.assertIn("2 things wrong; 3 rows looked at.", out)
        self.assertLessEqual(max(map(len, out.splitlines())), 80)

    def test_where_nobody_writes_no_row_arrived(self):
        result = toolchains.check_writer("--db", self.db_path, "--seconds", "0.1")
        self.assertEqual(result.code, 1, result)
        self.assertIn("no row arrived in the outbox", result.out)

    def test_every_commit_is_seen_once_with_its_tables_and_rows_however_often_the_log_begins_anew(self):
        writer = self.db
        writer.execute("PRAGMA wal_autocheckpoint = 8")
        writer.execute("PRAGMA synchronous = OFF")
        writer.execute("INSERT INTO orders VALUES (0, 'before')")
        for name in ("LONGEST_SNAPSHOT", "LARGEST_LOG"):
            self.addCleanup(setattr, watch, name, getattr(watch, name))
            setattr(watch, name, 0)
        watching = watch.Watch(self.db_path, self.folder)
        self.addCleanup(watching.stop)
        seen, expected = [], []
        for number in range(1, 300):
            writer.execute("BEGIN IMMEDIATE")
            tables, rows = set(), 0
            if number % 3:
                writer.execute("INSERT INTO orders VALUES (?, ?)", (number, "x" * (number % 7 * 900)))
                tables.add("orders")
            if number % 5 == 0:
                if writer.execute("DELETE FROM orders WHERE id = ?", (number - 4,)).rowcount:
                    tables.add("orders")
            if number % 2 or not tables:
                rows = number % 3 + 1
                for i in range(rows):
                    writer.insert(subid=f"c{number}-{i}", status="sale", event_id=f"{number}-{i}")
                tables.add("outbox")
            writer.execute("ROLLBACK" if number % 11 == 0 else "COMMIT")
            if number % 11:
                expected.append((tables, rows))
            if number % 4 == 0:
                seen += watching.new_commits()
        seen += watching.new_commits()
        self.assertEqual([(commit.tables - {replica.UNKNOWN}, len(commit.rows)) for commit in seen], expected)
        self.assertLess(os.path.getsize(self.db_path + "-wal"), 1_000_000, "the log is begun anew now and then")
        self.assertEqual(sum(rows for _, rows in expected), writer.value("SELECT count(*) FROM outbox"))


class Usage(CheckWriterTest):
    def test_what_cannot_be_checked_ends_with_2_and_one_line(self):
        empty = self.path("empty.db")
        sqlite3.connect(empty).close()
        true = ["--", "/bin/true"]
        table = [
            (["--db", self.path("absent.db"), *true], "is not there"),
            (["--db", empty, *true], "no outbox"),
            (["--db", self.write("text.db", "no database" * 100), *true], "cannot be read"),
            (["--db", self.db_path, "--business-table", "sales", *true], "no table of this name"),
            (["--db", self.db_path, "--config", self.path("absent.toml"), *true], "absent.toml"),
            (["--db", self.db_path, "--config", self.write("bad.toml", "[["), *true], "bad.toml"),
            (["--db", self.db_path, "--", "/no/such/command"], "not a command"),
        ]
        for arguments, words in table:
            with self.subTest(arguments):
                result = toolchains.check_writer(*arguments)
                self.assertEqual((result.code, result.out), (2, ""))
                self.assert_one_line(result.err)
                self.assertIn(words, result.err)
        for arguments, words in ((["--twice"], "needs a COMMAND"), (["--kill", "2", *true], "{db}"), (["--copy", *true], "{db}"), (["--kill", "0", *true], "--kill"), (["--nonsense"], "nonsense")):
            with self.subTest(arguments):
                result = toolchains.check_writer("--db", self.db_path, *arguments)
                self.assertEqual((result.code, result.out), (2, ""))
                self.assertIn(words, result.err)

    def test_a_database_that_a_worker_serves_is_not_written_to(self):
        self.start("run", [COMMAND, "run", "--db", self.db_path, "--to", "http://127.0.0.1:9/key/postback", "--allow-private"])
        wait_until(lambda: locks.worker_runs(self.db_path), what="the worker runs")
        arguments = ["--db", self.db_path, "--no-busy", "--", toolchains.PYTHON, BAD_WRITER, "well", "{db}"]
        refused = toolchains.check_writer(*arguments)
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("a worker runs on", refused.err)
        self.assertEqual(toolchains.check_writer("--copy", *arguments).code, 0)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), 0)

    def test_a_command_that_does_not_end_is_ended(self):
        result = toolchains.check_writer("--db", self.db_path, "--no-busy", "--timeout", "0.2", "--", "/bin/sleep", "60")
        self.assertEqual(result.code, 1, result)
        self.assertIn("did not end within 0.2 s", result.out)

    def test_a_file_outside_wal_mode_and_one_on_a_network_share_are_told(self):
        self.db.execute("PRAGMA journal_mode = DELETE")
        result = toolchains.check_writer("--db", self.db_path, "--seconds", "0.1")
        self.assertEqual(result.code, 1, result)
        self.assertIn("journal_mode is not WAL", result.out)
        mounts = "/dev/vda / ext4 rw 0 0\nhost:/share /srv/my\\040share nfs4 rw 0 0\n"
        self.assertEqual(locks.network_file_system("/srv/my share/app.db", mounts), "nfs4")
        self.assertIsNone(locks.network_file_system("/srv/my shares/app.db", mounts))

    def test_it_leaves_no_trace_in_the_database(self):
        dump = list(self.db.execute("SELECT * FROM sqlite_schema"))
        toolchains.check_writer("--db", self.db_path, "--", "/bin/true")
        self.assertEqual([tuple(row) for row in self.db.execute("SELECT * FROM sqlite_schema")], [tuple(row) for row in dump])
        self.assertEqual(self.db.value("PRAGMA user_version"), 0)


if __name__ == "__main__":
    unittest.main()
