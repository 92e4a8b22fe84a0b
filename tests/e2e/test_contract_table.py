"""What the table takes and what it turns away, through the sqlite3 shell as an application or operator would see it."""

import re
import time
import unittest

from harness import E2ETest


def text(value):
    return "NULL" if value is None else "'" + str(value).replace("'", "''") + "'"


# A bad row (columns beside or instead of a good subid and status), and a word that the CHECK's name must hold.
TURNED_AWAY = [
    ({"subid": ""}, "subid"),
    ({"subid": "x" * 256}, "subid"),
    ({"subid": "{click}"}, "macro"),
    ({"subid": "abc{"}, "macro"),
    ({"subid": "}abc"}, "macro"),
    ({"status": ""}, "status"),
    ({"status": "   "}, "status"),
    ({"status": "s" * 101}, "status"),
    ({"tracker": ""}, "tracker"),
    ({"tid": "t" * 101}, "tid"),
    ({"payout": "1e3"}, "payout"),
    ({"payout": "12,50"}, "payout"),
    ({"payout": ""}, "payout"),
    ({"payout": "abc"}, "payout"),
    ({"payout": "1.2.3"}, "payout"),
    ({"payout": "--1"}, "payout"),
    ({"payout": "1-"}, "payout"),
    ({"payout": " 1"}, "payout"),
    ({"payout": "+1"}, "payout"),
    ({"payout": "."}, "payout"),
    ({"payout": "-"}, "payout"),
    ({"payout": "Infinity"}, "payout"),
    ({"cost": "1e3"}, "cost"),
    ({"cost": "0x10"}, "cost"),
    ({"currency": "us"}, "currency"),
    ({"currency": "usdt"}, "currency"),
    ({"currency": "u$d"}, "currency"),
    ({"currency": ""}, "currency"),
    ({"params": "sub_id_1=x"}, "params"),
    ({"params": "[1,2]"}, "params"),
    ({"params": '"text"'}, "params"),
    ({"params": ""}, "params"),
    ({"params": '{"subid":"other"}'}, "params"),
    ({"params": '{"status":"sale"}'}, "params"),
    ({"state": "done"}, "state"),
    ({"due_at": -1}, "due_at"),
]

TAKEN = [
    {"subid": "x"},
    {"subid": "x" * 255},
    {"subid": "ж" * 255},
    {"subid": "37o23c7.1f.381o"},
    {"tid": ""},
    {"tid": None},
    {"tid": "t" * 100},
    {"payout": "12.5"},
    {"payout": "-3"},
    {"payout": "0"},
    {"payout": "12.123456"},
    {"cost": "0.0001"},
    {"currency": "usd"},
    {"currency": "USD"},
    {"params": '{"sub_id_1":"x"}'},
    {"params": "{}"},
    {"campaign": "code-1"},
    {"tracker": "other"},
    {"due_at": 4102444800000},
    {"status": "Sale"},
    {"status": " approve "},
    {"status": "something of our own"},
]


class TheTable(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def insert_by_shell(self, columns):
        facts = {"subid": "abc", "status": "lead", **columns}
        names = ", ".join(facts)
        values = ", ".join(str(v) if isinstance(v, int) else text(v) for v in facts.values())
        return self.shell(f"INSERT INTO outbox ({names}) VALUES ({values})")

    def test_a_row_that_breaks_a_rule_is_turned_away_by_a_check_whose_name_says_so(self):
        for columns, word in TURNED_AWAY:
            with self.subTest(columns=columns):
                result = self.insert_by_shell(columns)
                self.assertNotEqual(result.code, 0)
                self.assertIn("CHECK constraint failed", result.err)
                name = result.err.split("CHECK constraint failed:")[1].split()[0]
                self.assertIn(word, name)
                self.assertRegex(name, r"\A[a-z0-9_]{10,}\Z")
        self.assertEqual(self.db.states(), {})

    def test_subid_and_status_are_required(self):
        for facts in ("(status) VALUES ('lead')", "(subid) VALUES ('abc')", "(subid, status) VALUES (NULL, 'lead')",
                      "(subid, status) VALUES ('abc', NULL)"):
            with self.subTest(facts=facts):
                result = self.shell(f"INSERT INTO outbox {facts}")
                self.assertNotEqual(result.code, 0)
                self.assertIn("NOT NULL constraint failed: outbox.", result.err)

    def test_what_the_contract_allows_is_taken(self):
        for columns in TAKEN:
            with self.subTest(columns=columns):
                self.assertEqual(self.insert_by_shell(columns), (0, "", ""))

    def test_every_table_is_strict(self):
        tables = ("outbox", "conversions", "delivery_attempts", "outbox_migrations", "intake_rejects")
        strict = self.db.all("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        for table in tables:
            self.assertIn((table, 1), strict)

    def test_columns_are_those_of_the_contract(self):
        names = [name for (name,) in self.db.all("SELECT name FROM pragma_table_info('outbox')")]
        for name in ("id tracker campaign subid status tid payout cost currency params event_id due_at created_at state attempts"
                     " sent_as http_status response reason finished_at").split():
            self.assertIn(name, names)
        names = [name for (name,) in self.db.all("SELECT name FROM pragma_table_info('delivery_attempts')")]
        for name in "outbox_id attempt started_at latency_ms http_status error response".split():
            self.assertIn(name, names)
        names = [name for (name,) in self.db.all("SELECT name FROM pragma_table_info('conversions')")]
        for name in "tracker subid tid status".split():
            self.assertIn(name, names)
        names = [name for (name,) in self.db.all("SELECT name FROM pragma_table_info('intake_rejects')")]
        self.assertEqual(names, "id received_at source method query body reason resolved_at".split())

    def test_defaults_make_a_short_insert_enough(self):
        before = int(time.time() * 1000)
        self.insert_by_shell({})
        after = int(time.time() * 1000)
        row = self.db.row(1)
        self.assertEqual((row["tracker"], row["state"], row["due_at"], row["attempts"]), ("default", "pending", 0, 0))
        self.assertGreaterEqual(row["created_at"], before - 2)
        self.assertLessEqual(row["created_at"], after + 2)

    def test_facts_cannot_be_changed_afterwards(self):
        self.insert_by_shell({"tid": "t", "payout": "1"})
        for column, value in (("subid", "'x'"), ("status", "'sale'"), ("tid", "NULL"), ("payout", "'2'"), ("cost", "'2'"),
                              ("currency", "'usd'"), ("params", "'{}'"), ("event_id", "'e'"), ("campaign", "'c'"),
                              ("tracker", "'t'"), ("created_at", "1"), ("id", "99")):
            with self.subTest(column=column):
                result = self.shell(f"UPDATE outbox SET {column} = {value}")
                self.assertNotEqual(result.code, 0)
                self.assertIn("facts of an outbox row", result.err)

    def test_state_and_due_at_can_be_changed(self):
        self.insert_by_shell({})
        self.assertEqual(self.shell("UPDATE outbox SET state = 'cancelled', due_at = 5"), (0, "", ""))
        self.assertEqual(self.shell("UPDATE outbox SET state = 'pending', due_at = 0"), (0, "", ""))
        self.assertEqual(self.db.state(1), "pending")

    def test_the_same_event_twice_is_harmless(self):
        sql = "INSERT INTO outbox (subid, status, event_id) VALUES ('abc', 'lead', 'e-1') ON CONFLICT DO NOTHING"
        self.assertEqual(self.shell(sql), (0, "", ""))
        self.assertEqual(self.shell(sql), (0, "", ""))
        self.assertEqual(self.db.states(), {"pending": 1})
        self.assertNotEqual(self.shell(sql.replace(" ON CONFLICT DO NOTHING", "")).code, 0)

    def test_ids_are_never_used_again(self):
        first = self.db.insert(subid="a", status="lead")
        self.db.execute("DELETE FROM outbox")
        self.assertGreater(self.db.insert(subid="b", status="lead"), first)

    def test_the_view_counts_by_tracker_and_state_and_tells_the_oldest_pending(self):
        hour_ago = int(time.time() * 1000) - 3_600_000
        for tracker, state, created_at in (("a", "pending", hour_ago), ("a", "pending", hour_ago + 1_800_000),
                                           ("a", "dead", hour_ago), ("b", "cancelled", hour_ago)):
            self.db.insert(tracker=tracker, subid="x", status="lead", state=state, created_at=created_at)
        result = self.shell("SELECT * FROM outbox_status")
        lines = [line.split("|") for line in result.out.splitlines()]
        self.assertEqual([line[:3] for line in lines], [["a", "dead", "1"], ["a", "pending", "2"], ["b", "cancelled", "1"]])
        age = next(line for line in lines if line[1] == "pending")[3]
        self.assertGreaterEqual(float(age), 3599)
        self.assertLess(float(age), 3700)

    def test_the_view_is_read_by_tools_that_look_for_its_select_on_one_line(self):
        """drizzle-kit ends with `Could not process view` where this expression of its own finds nothing."""
        for sql in self.db.all("SELECT sql FROM sqlite_schema WHERE type = 'view'"):
            self.assertRegex(sql[0], re.compile(r"\bAS\b\s+(SELECT.+)$", re.IGNORECASE))

    def test_times_of_a_delivered_row_are_unix_milliseconds(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="lead")
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private")
        row = self.db.row(1)
        now = time.time() * 1000
        for column in ("created_at", "finished_at"):
            self.assertLess(abs(now - row[column]), 60_000, column)
        taken_in_at = self.db.value("SELECT taken_in_at FROM conversions")
        self.assertLess(abs(now - taken_in_at), 60_000)

    def test_conversions_keep_no_tid_as_an_empty_text(self):
        receiver = self.receiver()
        self.db.insert(subid="a", status="lead", tid=None)
        self.db.insert(subid="b", status="lead", tid="")
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private")
        self.assertEqual(self.db.all("SELECT subid, tid, status FROM conversions ORDER BY subid"),
                         [("a", "", "lead"), ("b", "", "lead")])


if __name__ == "__main__":
    unittest.main()
