"""Sending again at a pace, and asking first what a command would do."""

import re
import time
import unittest

from harness import E2ETest


class PacedRetry(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.place = ("--db", self.db_path)

    def due(self):
        return self.db.all("SELECT id, due_at FROM outbox WHERE state = 'pending' ORDER BY due_at")

    def test_rows_become_due_one_after_the_other(self):
        self.db.insert_many(("subid", "status", "state"),
                            [(f"s{i % 10}", "lead", ("dead", "refused", "delivered")[i % 3]) for i in range(900)])
        before = int(time.time() * 1000)
        result = self.ko("retry", "--tracker", "default", "--rate", "50", *self.place)
        self.assertRegex(result.out, r"^600 rows to be sent at 50 a second, until 2\d{3}-.* UTC \(in 1[12]s\)\n$")
        due = self.due()
        self.assertEqual([row for row, _ in due], [i + 1 for i in range(900) if i % 3 < 2], "in the order of ids, whatever their state")
        self.assertEqual({later - earlier for (_, earlier), (_, later) in zip(due, due[1:])}, {20})
        self.assertLess(abs(due[0][1] - before), 5000)

    def test_the_worker_sends_them_so_and_a_clicks_rows_in_order(self):
        receiver = self.receiver()
        statuses = ("lead", "sale", "rejected")
        self.db.insert_many(("subid", "status", "state"), [(f"s{i // 3}", statuses[i % 3], "dead") for i in range(30)])
        self.worker(url=receiver.url)
        told = self.ko_json("retry", "--state", "dead", "--rate", "30", *self.place)
        self.wait_for_states({"delivered": 30})
        self.assertGreaterEqual(time.time() * 1000, told["until"], "the last was not sent before its time")
        for click in range(10):
            sent = [request.params["status"] for request in receiver.seen() if request.params["subid"] == f"s{click}"]
            self.assertEqual(sent, list(statuses))

    def test_named_rows_too(self):
        for subid in "abc":
            self.db.insert(subid=subid, status="lead", state="dead")
        told = self.ko_json("retry", "--id", "3", "--id", "1", "--rate", "0.5", *self.place)
        self.assertEqual(told["changed"], 2)
        (first, one), (second, two) = self.due()
        self.assertEqual((first, second, two - one, two), (1, 3, 2000, told["until"]))

    def test_a_rate_must_be_above_nothing(self):
        for rate in ("0", "-1", "fast", "1e9"):
            result = self.ko("retry", "--state", "dead", "--rate", rate, *self.place)
            self.assertEqual(result.code, 2)
            self.assert_one_line(result.err)

    def test_a_dry_run_says_how_many_and_changes_none(self):
        for state in ("dead", "dead", "refused", "pending", "pending", "pending"):
            self.db.insert(subid="a", status="lead", state=state)
        before = self.shell(".dump").out
        for args, words in ((("retry", "--state", "dead"), "2 rows would be sent now"),
                            (("retry", "--tracker", "default", "--rate", "1"), "3 rows would be sent at 1 a second, until"),
                            (("retry", "--id", "1"), "1 row would be sent now"),
                            (("cancel", "--tracker", "default"), "3 rows would be cancelled"),
                            (("cancel", "--id", "4"), "1 row would be cancelled")):
            with self.subTest(args):
                result = self.ko(*args, "--dry-run", *self.place)
                self.assertEqual(result.code, 0)
                self.assertIn(words, result.out)
                # No worker runs here: to be sent now is what would not happen, and only a retry says so.
                self.assertEqual("no worker runs on this host" in result.err, args[0] == "retry", result.err)
                self.assertEqual(result.err.count("\n"), int(args[0] == "retry"), result.err)
        self.assertEqual(self.ko("cancel", "--id", "1", "--dry-run", *self.place).code, 1)
        self.assertEqual(self.shell(".dump").out, before)
        self.assertTrue(re.match("3 rows cancelled", self.ko("cancel", "--tracker", "default", *self.place).out))


if __name__ == "__main__":
    unittest.main()
