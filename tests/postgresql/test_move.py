"""An outbox that moves from a SQLite file to PostgreSQL and back, as people see it."""

import json
import os
import sqlite3
import subprocess
import unittest

from harness import wait_until
from outbox_test import OutboxTest
from pg_database import SqlError

# What a row of each table says, in a spelling that both stores share.
TABLES = {
    "outbox": ("id, tracker, campaign, subid, status, tid, {payout}, {cost}, currency, {params}, event_id, {due_at}, {created_at}, state, attempts,"
               " strikes, refusals, unrecorded, waits_for, sent_as, http_status, response, reason, {finished_at}", "id"),
    "conversions": ("tracker, subid, tid, status, sent_status, {payout}, {cost}, currency, params, rebilled_by, outbox_id, {taken_in_at}, verdict,"
                    " {verdict_at}, verdict_note, {check_at}, {first_taken_in_at}", "outbox_id"),
    "delivery_attempts": ("id, outbox_id, attempt, {started_at}, latency_ms, http_status, error, response", "id"),
    "intake_rejects": ("id, {received_at}, source, method, query, body, reason, {resolved_at}", "id"),
    "outbox_trackers": ("tracker, {paused_at}, breaker, {breaker_at}, {next_try_at}, reason", "tracker"),
    "outbox_readback": ("tracker, {shown_at}", "tracker"),
}
SENTENCES = ("it's a \"row\"", "zwölf\nlines, {braces} and \\ a backslash", "NULL", "")


class PostgresqlSpelling(dict):
    def __missing__(self, column):
        if column == "due_at":
            return "CASE due_at WHEN '-infinity' THEN 0 ELSE (extract(epoch FROM due_at) * 1000)::bigint END"
        return f"(extract(epoch FROM {column}) * 1000)::bigint" if column.endswith("_at") else f"{column}::text"


class SqliteSpelling(dict):
    def __missing__(self, column):
        return column


def dump_of_file(path):
    db = sqlite3.connect(path)
    try:
        return {table: [spelled(table, row) for row in db.execute(
            f"SELECT {columns.format_map(SqliteSpelling())} FROM {table} ORDER BY {order}")] for table, (columns, order) in TABLES.items()}
    finally:
        db.close()


def spelled(table, row):
    """JSON may be spelled otherwise, and is the same."""
    row = list(row)
    if table == "outbox" and row[9] is not None:
        row[9] = json.loads(row[9])
    return row


class Moves(OutboxTest):
    def dump_of_server(self):
        dumps = {}
        for table, (columns, order) in TABLES.items():
            names = ", ".join(f"c{number}" for number in range(columns.count(", ") + 1))
            lines = self.pg.sql(f"SELECT jsonb_build_array({', '.join(n for n in names.split(', '))})"
                                f" FROM (SELECT {columns.format_map(PostgresqlSpelling())} FROM {table} ORDER BY {order}) AS row ({names})")
            dumps[table] = [spelled(table, json.loads(line)) for line in lines]
        return dumps

    def assert_same(self, found, expected):
        """By the first row that differs: a comparison of everything takes minutes to write."""
        for table in TABLES:
            for row, wanted in zip(found[table], expected[table]):
                self.assertEqual(row, wanted, table)
            self.assertEqual(len(found[table]), len(expected[table]), table)

    def file_with_everything(self, name="app.db", rows=1200):
        path = self.path(name)
        self.assertEqual(self.ko("init", "--db", path).code, 0)
        db = sqlite3.connect(path)
        with db:
            for number in range(1, rows + 1):
                state = ("pending", "delivered", "duplicate", "refused", "dead", "cancelled")[number % 6]
                words = SENTENCES[number % 4]
                db.execute(
                    "INSERT INTO outbox (id, tracker, campaign, subid, status, tid, payout, cost, currency, params, event_id, due_at, created_at,"
                    " state, attempts, strikes, refusals, unrecorded, waits_for, sent_as, http_status, response, reason, finished_at)"
                    " VALUES (?, ?, ?, ?, 'sale', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, 2, 0, ?, 'sale', ?, ?, ?, ?)",
                    (number * 3, ("default", "second")[number % 2], words or None, f"click-{number % 50}ü", "order" if number % 3 else None,
                     ("12.50", "-3", "0.0001", None)[number % 4], "1" if number % 5 else None, "USD" if number % 2 else None,
                     json.dumps({"sub_id_1": words, "n": number}) if number % 3 else None, f"event-{number}" if number % 2 else None,
                     (0, 1, 1_900_000_000_123)[number % 3], 1_700_000_000_000 + number, state, number % 7, number - 1 if number % 6 == 0 and number > 1 else None,
                     (200, 500, None)[number % 3], words, words or None, None if state == "pending" else 1_700_000_100_000 + number))
                db.execute("INSERT INTO conversions (tracker, subid, tid, status, sent_status, payout, cost, currency, params, rebilled_by, outbox_id,"
                           " taken_in_at, verdict, verdict_at, verdict_note, check_at, first_taken_in_at)"
                           " VALUES (?, ?, ?, 'sale', 'sale', '5.00', NULL, 'USD', ?, ?, ?, 1700000000001, ?, ?, ?, ?, 1690000000000)",
                           (("default", "Second")[number % 2], f"Click-{number}é", ("", "a")[number % 2], words, number if number % 4 == 0 else None,
                            number * 3, ("unchecked", "recorded", "differs", "absent", "unknowable")[number % 5], 1_700_000_000_777,
                            "it has 4 and we have 5", None if number % 2 else 1_800_000_000_000))
                if number % 2:
                    db.execute("INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, http_status, error, response)"
                               " VALUES (?, 1, 1700000000002, 31, ?, 'no answer', ?)", (number * 3, 500 if number % 3 else None, words))
                if number % 3 == 0:
                    db.execute("INSERT INTO intake_rejects (received_at, source, method, query, body, reason, resolved_at)"
                               " VALUES (1700000000003, 'altercpa', 'POST', 'a=b', ?, 'subid is empty', ?)",
                               (words, 1_700_000_000_004 if number % 2 else None))
            db.execute("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', 1700000000005)")
            db.execute("INSERT INTO outbox_trackers (tracker, breaker, breaker_at, next_try_at, reason) VALUES ('second', 'open', 1, 1800000000000, 'HTTP 502')")
            db.execute("INSERT INTO outbox_readback (tracker, shown_at) VALUES ('default', 1700000000006)")
            db.execute("DELETE FROM outbox WHERE id = ?", (rows * 3,))  # the newest id is used up all the same
        db.close()
        return path

    def move(self, source, to, code=0):
        result = self.ko("move", "--db", source, "--to", to)
        self.assertEqual(result.code, code, result)
        return result

    def test_everything_arrives_and_comes_back(self):
        path = self.file_with_everything()
        before = dump_of_file(path)
        moved = self.move(path, self.pg.url())
        self.assertIn("1199 rows, 1200 conversions, 600 failed attempts and 400 rejects, counted on both sides", moved.out)
        self.assert_same(self.dump_of_server(), before)
        self.assertEqual(self.insert(), 3601)
        self.pg.sql("INSERT INTO intake_rejects (received_at, source, method, query, reason) VALUES (now(), 's', 'GET', '', '')",
                    "INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES (1, 1, now(), 1, '')")
        there = self.dump_of_server()
        back = self.path("back.db")
        self.move(self.pg.url(), back)
        self.assert_same(dump_of_file(back), there)
        db = sqlite3.connect(back)
        self.assertEqual(db.execute("INSERT INTO outbox (subid, status) VALUES ('next', 'sale') RETURNING id").fetchone(), (3602,))
        db.close()

    def test_what_has_moved_turns_away_each_insert_and_each_writer(self):
        path = self.file_with_everything(rows=5)
        address = self.pg.url().replace("postgres@", "postgres:s3cret@")
        self.move(path, address)
        shown = self.pg.url()
        db = sqlite3.connect(path)
        for words in ("INSERT INTO", "INSERT OR IGNORE INTO"):
            with self.assertRaisesRegex(sqlite3.IntegrityError, "this outbox has moved to postgresql://postgres@"):
                db.execute(f"{words} outbox (subid, status) VALUES ('late', 'sale') ON CONFLICT DO NOTHING")
        self.assertEqual(db.execute("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND name = 'outbox_has_moved'").fetchone(), (1,))
        db.close()
        for verb in (("run", "--to", "http://127.0.0.1:1/k/postback"), ("drain", "--to", "http://127.0.0.1:1/k/postback"), ("retry", "--id", "3"),
                     ("add", "--subid", "a", "--status", "lead"), ("pause", "default", "--force"), ("prune", "--older-than", "1d"),
                     ("rejects", "--dismiss"), ("move", "--to", self.path("elsewhere.db"))):
            refused = self.ko(verb[0], "--db", path, *verb[1:])
            self.assertEqual(refused.code, 1, (verb, refused))
            self.assertIn(f"{path} has moved to {shown}", refused.err)
            self.assertNotIn("s3cret", refused.out + refused.err)
            self.assert_one_line(refused.err)
        self.assertEqual(self.ko("status", "--db", path).code, 0)
        self.assertEqual(self.ko("add", "--db", address, "--subid", "a", "--status", "lead").code, 0)
        self.move(self.pg.url(), self.path("back.db"))
        with self.assertRaisesRegex(SqlError, "this outbox has moved to .*back.db: write there"):
            self.insert()
        refused = self.ko("run", "--db", address, "--to", "http://127.0.0.1:1/k/postback")
        self.assertEqual(refused.code, 1, refused)
        self.assertIn("has moved to", refused.err)

    def test_it_refuses_a_target_in_use_and_a_worker_that_runs(self):
        path = self.file_with_everything(rows=5)
        self.insert()
        refused = self.move(path, self.pg.url(), code=1)
        self.assertIn("is in use: outbox has 1 row; name a database whose outbox is empty", refused.err)
        self.assert_one_line(refused.err)
        worker = self.worker(url="http://127.0.0.1:1/k/postback", db_path=path)
        self.wait_for_line(worker, "event=start" if "event=start" in worker.stderr() else "start")
        refused = wait_until(lambda: (lambda result: result if "a worker delivers from" in result.err else None)(
            self.ko("move", "--db", path, "--to", self.path("new.db"))), 30, "the move is refused")
        self.assertEqual(refused.code, 1)
        worker.terminate()
        on_server = self.worker(url="http://127.0.0.1:1/k/postback")
        wait_until(lambda: self.pg.sql("SELECT 1 FROM outbox_workers"), 30, "a worker on the server")
        self.assertIn("a worker delivers from", self.move(self.pg.url(), self.path("new.db"), code=1).err)
        on_server.terminate()
        self.move(self.pg.url(), self.path("new.db"))

    def transaction(self, *statements):
        """One of another connection, begun. Gives what runs a statement that ends it."""
        session = subprocess.Popen(["/usr/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", self.pg.url()], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)

        def finish(statement):
            session.communicate(statement + ";\n", timeout=60)

        self.addCleanup(lambda: session.poll() is None and finish("ROLLBACK"))
        session.stdin.write("BEGIN;\n" + "".join(statement + ";\n" for statement in statements) + "\\echo begun\n")
        session.stdin.flush()
        self.assertEqual(session.stdout.readline(), "begun\n")
        return finish

    def killed_midway(self, source, to, rows_there):
        """A move that is ended by kill -9 once some rows are at the other end."""
        process = self.start("move", [os.environ["KEITARO_OUTBOX_BIN"], "move", "--db", source, "--to", to])
        wait_until(lambda: rows_there() > 0 or not process.running(), 60, "rows at the other end", step=0.001)
        process.kill()
        return rows_there()

    def killed_on_server(self, path):
        """The same, into the server: another transaction holds the id of row 3001 of 5999, at which the move waits."""
        holding = self.transaction("INSERT INTO outbox (id, subid, status) OVERRIDING SYSTEM VALUE VALUES (9003, 'held', 'sale')")
        arrived = self.killed_midway(path, self.pg.url(), lambda: int(self.pg.sql("SELECT count(*) FROM outbox")[0]) // 3000)
        holding("ROLLBACK")
        self.assertEqual(arrived, 1)
        wait_until(lambda: self.pg.sql("SELECT count(*) FROM pg_locks WHERE relation = 'outbox'::regclass") == ["0"], 60, "the server has noticed")
        return int(self.pg.sql("SELECT count(*) FROM outbox")[0])

    def test_one_that_was_killed_goes_on_and_the_application_inserts_meanwhile(self):
        path = self.file_with_everything(rows=6000)
        arrived = self.killed_on_server(path)
        self.assertEqual(arrived, 3000)
        # Neither end is for workers now, and rows cannot be changed; the application goes on.
        for database in (path, self.pg.url()):
            refused = self.ko("run", "--db", database, "--to", "http://127.0.0.1:1/k/postback")
            self.assertEqual(refused.code, 1, refused)
            self.assertIn("keitaro-outbox move", refused.err)
        db = sqlite3.connect(path)
        with self.assertRaisesRegex(sqlite3.IntegrityError, "are being moved to"):
            db.execute("UPDATE outbox SET state = 'cancelled' WHERE id = 6")
        with db:
            db.execute("INSERT INTO outbox (subid, status) VALUES ('meanwhile', 'sale')")
        db.close()
        before = dump_of_file(path)
        self.move(path, self.pg.url())
        self.assert_same(self.dump_of_server(), before)
        self.assertEqual(self.pg.sql("SELECT count(*) FROM outbox WHERE subid = 'meanwhile'"), ["1"])

        back = self.path("back.db")
        arrived = self.killed_midway(self.pg.url(), back, lambda: count_of(back))
        self.assertGreater(arrived, 0)
        self.move(self.pg.url(), back)
        self.assert_same(dump_of_file(back), before)

    def test_a_row_committed_behind_the_copy_arrives_too(self):
        self.insert_clicks(6000)
        copied = self.path("copied.db")
        self.killed_midway(self.pg.url(), copied, lambda: count_of(copied))
        # Its id is drawn now, and those behind it are copied first.
        late = self.transaction("INSERT INTO outbox (subid, status) VALUES ('late', 'sale')")
        self.insert("after")
        process = self.start("move", [os.environ["KEITARO_OUTBOX_BIN"], "move", "--db", self.pg.url(), "--to", copied])
        wait_until(lambda: count_of(copied) == 6001, 60, "all that is visible is copied")
        late("COMMIT")
        self.assertEqual(process.wait(60), 0, process.output())
        self.assert_same(dump_of_file(copied), self.dump_of_server())
        self.assertEqual(count_of(copied), 6002)

    def test_one_that_is_given_up_leaves_the_source_as_it_was_and_can_begin_again(self):
        path = self.file_with_everything(rows=6000)
        self.killed_on_server(path)
        self.assertEqual(self.ko("move", "--db", path, "--give-up").code, 0)
        self.assertEqual(self.ko("cancel", "--db", path, "--id", "18").code, 0)
        self.assertEqual(self.ko("resume", "default", "--force", "--db", path).code, 0)
        before = dump_of_file(path)
        self.move(path, self.pg.url())
        self.assert_same(self.dump_of_server(), before)
        self.assertIn("cannot be taken back", self.ko("move", "--db", path, "--give-up").err)

    def test_its_words_for_wrong_use(self):
        self.assertEqual(self.ko("move", "--db", self.pg.url()).code, 2)
        self.assertEqual(self.ko("move", "--db", self.pg.url(), "--give-up").code, 1)
        self.assertIn("the same outbox", self.move(self.pg.url(), self.pg.url(), code=1).err)
        unreachable = self.move(self.pg.url(), "postgresql://ann:s3cret@/app?host=/nowhere", code=1)
        self.assertIn("postgresql://ann@/app?host=/nowhere cannot be reached", unreachable.err)


def count_of(path):
    if not os.path.exists(path):
        return 0
    db = sqlite3.connect(path)
    try:
        return db.execute("SELECT count(*) FROM outbox").fetchone()[0]
    except sqlite3.Error:
        return 0
    finally:
        db.close()


if __name__ == "__main__":
    unittest.main()
