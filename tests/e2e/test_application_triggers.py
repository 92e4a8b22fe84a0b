"""Triggers of the application on our tables: what they insert is noticed, and one that fails holds up its row alone."""

import unittest

from harness import E2ETest, QUICK_RETRIES

ABORT = "SELECT RAISE(ABORT, 'the ledger is closed')"


class ApplicationTriggers(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def trigger(self, action, of="outbox", when="NEW.subid = 'bad' AND NEW.state = 'delivered'", on="BEFORE UPDATE OF state"):
        self.db.execute(f"CREATE TRIGGER app_trigger {on} ON {of} WHEN {when} BEGIN {action}; END")

    def bad_and_good(self, status="lead"):
        bad = self.db.insert(subid="bad", status=status, tid="t")
        self.insert_clicks(20)
        return bad

    def wait_until_good_are_delivered(self):
        self.wait_for_states({"delivered": 20, "pending": 1})

    def requests_of_bad(self, receiver):
        return sum(r.subid == "bad" for r in receiver.seen())

    def judge_set_aside(self, bad, receiver, words):
        """It was sent once, however often others commit, and says why it is still there; mended, it ends without a request."""
        for number in range(30):
            self.db.execute("CREATE TABLE IF NOT EXISTS foreign_commits (n)")
            self.db.execute("INSERT INTO foreign_commits VALUES (?)", (number,))
        self.wait_for_reason(bad, words)
        self.assertEqual(self.requests_of_bad(receiver), 1)
        self.assertEqual(self.db.row(bad)["attempts"], 1)
        self.db.execute("DROP TRIGGER app_trigger")
        self.db.execute("UPDATE outbox SET state = 'pending', due_at = 0 WHERE id = ? AND state = 'pending'", (bad,))
        self.wait_for_states({"delivered": 21})
        self.assertEqual(self.requests_of_bad(receiver), 1)
        self.assertEqual(self.db.value("SELECT outbox_id FROM conversions WHERE subid = 'bad'"), bad)

    def wait_for_reason(self, row, words):
        from harness import wait_until  # pylint: disable=import-outside-toplevel

        wait_until(lambda: words in (self.db.row(row)["reason"] or ""), what=lambda: f"{words!r}: {self.db.row(row)}")

    def test_one_that_fails_for_a_row_sets_that_row_aside(self):
        receiver = self.receiver()
        self.trigger(ABORT)
        bad = self.bad_and_good(status="rebill")
        self.worker(url=receiver.url)
        self.wait_until_good_are_delivered()
        self.wait_for_reason(bad, "the ledger is closed")
        explained = self.ko("explain", "--db", self.db_path, str(bad)).out
        self.assertIn("the ledger is closed", explained)
        status = self.ko("status", "--db", self.db_path).out
        self.assertIn("cannot be recorded", status)
        self.judge_set_aside(bad, receiver, "the ledger is closed")

    def test_one_that_ignores_the_change_sets_that_row_aside(self):
        receiver = self.receiver()
        self.trigger("SELECT RAISE(IGNORE)", when="NEW.subid = 'bad'")
        bad = self.bad_and_good()
        self.worker(url=receiver.url)
        self.wait_until_good_are_delivered()
        self.judge_set_aside(bad, receiver, "RAISE(IGNORE)")

    def test_one_that_rolls_everything_back_sets_that_row_aside(self):
        receiver = self.receiver()
        self.trigger("SELECT RAISE(ROLLBACK, 'all of it')")
        bad = self.bad_and_good()
        self.worker(url=receiver.url)
        self.wait_until_good_are_delivered()
        self.judge_set_aside(bad, receiver, "all of it")

    def test_one_on_conversions_that_fails_sets_that_row_aside(self):
        receiver = self.receiver()
        self.trigger(ABORT, of="conversions", when="NEW.subid = 'bad'", on="BEFORE INSERT")
        bad = self.bad_and_good()
        self.worker(url=receiver.url)
        self.wait_until_good_are_delivered()
        self.judge_set_aside(bad, receiver, "the ledger is closed")

    def test_one_that_ignores_what_the_ledger_is_to_know_sets_that_row_aside(self):
        receiver = self.receiver()
        self.trigger("SELECT RAISE(IGNORE)", of="conversions", when="NEW.subid = 'bad'", on="BEFORE INSERT")
        bad = self.bad_and_good(status="rebill")
        self.db.insert(subid="bad", status="rebill", tid="t")
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 20, "pending": 2})
        self.wait_for_reason(bad, "RAISE(IGNORE)")
        self.db.execute("DROP TRIGGER app_trigger")
        self.db.execute("UPDATE outbox SET due_at = 0 WHERE id = ?", (bad,))
        self.wait_for_states({"delivered": 21, "duplicate": 1})
        self.assertEqual(self.requests_of_bad(receiver), 1)

    def test_one_whose_table_is_gone_is_named_and_init_is_not_advised(self):
        receiver = self.receiver()
        self.db.execute("CREATE TABLE audit (id)")
        self.trigger("INSERT INTO audit VALUES (NEW.id)", when="1", on="AFTER UPDATE OF state")
        self.db.execute("PRAGMA legacy_alter_table = ON")
        self.db.execute("DROP TABLE audit")
        bad = self.db.insert(subid="bad", status="lead")
        worker = self.worker(url=receiver.url)
        self.wait_for_reason(bad, "audit")
        self.assertNotIn("init", worker.stderr())
        self.db.execute("CREATE TABLE audit (id)")
        self.db.execute("UPDATE outbox SET state = 'pending', due_at = 0")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(receiver.count(), 1)
        self.assertEqual(self.db.value("SELECT count(*) FROM audit"), 2, "the UPDATE above and the worker's")

    def test_it_is_not_sent_again_by_a_new_start(self):
        receiver = self.receiver()
        self.trigger(ABORT)
        bad = self.bad_and_good()
        for _ in range(4):
            worker = self.worker(*QUICK_RETRIES, url=receiver.url)
            self.wait_for_line(worker, " start ")
            self.wait_until_good_are_delivered()
            self.wait_for_reason(bad, "the ledger is closed")
            self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.requests_of_bad(receiver), 1)

    def test_a_request_that_fails_is_repeated_five_times_at_most(self):
        from receiver import Reply  # pylint: disable=import-outside-toplevel

        receiver = self.receiver(lambda request: Reply(422 if request.subid == "bad" else 200))
        self.trigger(ABORT, when="NEW.subid = 'bad' AND NEW.state = 'dead'")
        bad = self.bad_and_good()
        self.worker(*QUICK_RETRIES, "--max-attempts", "1", url=receiver.url)
        self.wait_for_reason(bad, "without success")
        self.assertLessEqual(self.requests_of_bad(receiver), 6)
        self.db.execute("DROP TRIGGER app_trigger")
        self.wait_for_state(bad, "dead")
        self.assertLessEqual(self.requests_of_bad(receiver), 6)

    def test_the_largest_number_of_attempts_holds_nothing_up(self):
        receiver = self.receiver()
        row = self.db.insert(subid="bad", status="lead")
        self.db.execute("UPDATE outbox SET attempts = 1000000000, strikes = 1000000000")
        self.worker(url=receiver.url)
        self.wait_for_state(row, "delivered")
        self.assertEqual(receiver.count(), 1)

    def test_what_one_inserts_within_our_own_commit_goes_out_at_once(self):
        receiver = self.receiver()
        self.trigger(
            "INSERT INTO outbox (subid, status, payout) VALUES (NEW.subid, 'sale', '5')",
            when="NEW.state = 'delivered' AND NEW.status = 'lead'",
            on="AFTER UPDATE OF state",
        )
        self.insert_clicks(5)
        self.drain(receiver, "--timeout", "20s")
        self.assertEqual(self.db.states(), {"delivered": 10})
        self.assertEqual(sorted(r.params["status"] for r in receiver.seen()), ["lead"] * 5 + ["sale"] * 5)


if __name__ == "__main__":
    unittest.main()
