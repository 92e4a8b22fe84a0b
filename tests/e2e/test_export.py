"""Taking rows out: all columns, to be imported again, and lines for Keitaro's import tool."""

import json
import os
import unittest

from harness import E2ETest

WRITABLE = "tracker, campaign, subid, status, coalesce(tid, ''), payout, cost, currency, params, event_id, due_at"


class Export(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.place = ("--db", self.db_path)

    def facts(self, db_path):
        return self.shell(f"SELECT quote(id), {WRITABLE} FROM outbox ORDER BY id", db_path=db_path).out


class AllColumns(Export):
    def setUp(self):
        super().setUp()
        self.db.insert(subid="a,b", status="sale", tid='say "hi"', payout="12.50", cost="-3", currency="usd", campaign="c;d",
                       params='{"sub_id_1": "x\\ny"}', event_id="e", due_at=99, tracker="eu")
        self.db.insert(subid="two\r\nlines", status=" Approve ", tid="")
        self.db.insert(subid="ж🙂", status="lead", state="dead", reason="HTTP 503, \"busy\"", attempts=20)
        self.db.insert(subid=" blank ", status="lead", state="delivered")

    def test_what_is_written_out_is_read_in_again_as_it_was(self):
        for form in ("csv", "jsonl"):
            with self.subTest(form):
                file, other = self.path("all." + form), self.path(form + ".db")
                out = self.ko("export", "--format", form, "--out", file, *self.place)
                self.assertEqual((out.code, out.out, out.err), (0, f"4 rows in {file}\n", ""))
                self.ko("init", "--db", other)
                result = self.ko("import", file, "--db", other)
                self.assertEqual((result.code, result.out), (0, "4 rows added, 0 already there, 0 rejected\n"), result.err)
                self.assertEqual(self.facts(other), self.facts(self.db_path))
                self.assertEqual(self.shell("SELECT DISTINCT state FROM outbox", db_path=other).out, "pending\n")

    def test_states_a_tracker_and_an_age_choose(self):
        def ids(*args):
            return [json.loads(line)["id"] for line in self.ko("export", "--format", "jsonl", *args, *self.place).out.splitlines()]

        self.assertEqual(ids(), [1, 2, 3, 4])
        self.assertEqual(ids("--state", "dead", "--state", "delivered"), [3, 4])
        self.assertEqual(ids("--tracker", "eu"), [1])
        self.assertEqual(ids("--older-than", "1d"), [])

    def test_a_file_that_is_there_is_left_alone(self):
        file = self.write("there.csv", "precious")
        result = self.ko("export", "--out", file, *self.place)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)
        with open(file, encoding="utf-8") as opened:
            self.assertEqual(opened.read(), "precious")


class ForKeitaro(Export):
    def export(self, *args):
        return self.ko("export", "--format", "keitaro-import", *args, *self.place)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_dead_rows_become_lines_of_the_import_tool_with_keitaros_statuses(self):
        self.db.insert(subid="a", status="approve", payout="12.50000", tid="t", state="dead")
        self.db.insert(subid="b", status="own", sent_as="lead", state="dead")
        self.db.insert(subid="c", status="paid", state="dead")
        self.db.insert(subid="d", status="lead", state="refused")
        config = self.write("outbox.toml", '[[tracker]]\nurl = "https://t.example/k/postback"\nstatuses = { paid = "sale" }\n')
        result = self.export("--config", config, "--out", self.path("dead"))
        self.assertEqual((result.code, result.out), (0, f"3 rows in {self.path('dead-0001.csv')}\n"), result.err)
        self.assertEqual(self.read("dead-0001.csv"), "a,12.5,t,sale\nb,,,lead\nc,,,sale\n")

    def test_ten_thousand_lines_a_file(self):
        self.db.insert_many(("subid", "status", "state"), [(f"s{i}", "lead", "dead") for i in range(20_001)])
        os.mkdir(self.path("folder"))
        told = json.loads(self.export("--out", self.path("folder"), "--json").out)
        names = [os.path.basename(file) for file in told["files"]]
        self.assertEqual(names, [f"keitaro-import-000{n}.csv" for n in (1, 2, 3)])
        texts = [self.read("folder/" + name) for name in names]
        self.assertEqual([text.count("\n") for text in texts], [10_000, 10_000, 1])
        self.assertEqual("".join(texts), "".join(f"s{i},,,lead\n" for i in range(20_001)))

    def test_what_the_lines_cannot_carry_is_left_out_and_told(self):
        self.db.insert(subid="a", status="sale", tid="1,2", state="dead")
        self.db.insert(subid="b", status="nonsense", state="dead")
        self.db.insert(subid="c", status="sale", currency="eur", state="dead")
        result = self.export("--out", self.path("dead"))
        self.assertEqual(result.code, 1)
        self.assertEqual(self.read("dead-0001.csv"), "c,,,sale\n")
        for words in ("row 1: its tid", "row 2: its status 'nonsense'", "1 row names a currency", "2 rows were left out"):
            self.assertIn(words, result.err)

    def test_rows_of_several_trackers_are_not_mixed(self):
        for tracker in ("a", "b"):
            self.db.insert(subid="x", status="lead", tracker=tracker, state="dead")
        result = self.export("--out", self.path("dead"))
        self.assertEqual(result.code, 2)
        self.assertIn("--tracker", result.err)
        self.assertFalse(os.path.exists(self.path("dead-0001.csv")), "half of it is not left behind")
        self.assertEqual(self.export("--out", self.path("dead"), "--tracker", "b").code, 0)


if __name__ == "__main__":
    unittest.main()
