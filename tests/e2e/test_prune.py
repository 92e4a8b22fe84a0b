"""Forgetting what is old: the verb prune, and the settings that have the worker do it."""

import statistics
import time
import unittest

from harness import COMMAND, E2ETest, wait_until
from receiver import Reply

DAY = 86_400_000


class Prune(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.place = ("--db", self.db_path)
        self.now = int(time.time() * 1000)

    def put(self, subid, state, days, tracker="default"):
        """A row that ended, or was written, so many days ago."""
        at = self.now - days * DAY
        return self.db.insert(subid=subid, status="lead", state=state, tracker=tracker, created_at=at,
                              finished_at=None if state == "pending" else at)

    def put_attempt(self, row, days):
        self.db.execute("INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error) VALUES"
                        " (?, (SELECT count(*) + 1 FROM delivery_attempts), ?, 1, 'x')", (row, self.now - days * DAY))

    def subids(self):
        return [subid for (subid,) in self.db.all("SELECT subid FROM outbox ORDER BY id")]

    def put_many(self, count, days):
        at = self.now - days * DAY
        self.db.insert_many(("subid", "status", "state", "created_at", "finished_at", "event_id"),
                            [(f"s{i}", "lead", "delivered", at, at, f"e{i}") for i in range(count)])


class ByHand(Prune):
    def test_only_finished_rows_that_are_old_enough_go(self):
        for state in ("pending", "delivered", "duplicate", "refused", "dead", "cancelled"):
            self.put("old-" + state, state, 31)
            self.put("young-" + state, state, 29)
        result = self.ko("prune", "--older-than", "30d", *self.place)
        self.assertEqual((result.code, result.out, result.err), (0, "5 rows, 0 attempts and 0 conversions deleted\n", ""))
        self.assertEqual([subid for subid in self.subids() if subid.startswith("old")], ["old-pending"])
        self.assertEqual(len(self.subids()), 7)

    def test_states_and_a_tracker_narrow_it(self):
        for state, tracker in (("delivered", "a"), ("duplicate", "a"), ("dead", "a"), ("delivered", "b")):
            self.put(state + tracker, state, 31, tracker)
        self.ko("prune", "--older-than", "30d", "--state", "delivered", "--state", "duplicate", "--tracker", "a", *self.place)
        self.assertEqual(self.subids(), ["deada", "deliveredb"])

    def test_attempts_and_conversions_have_ages_of_their_own(self):
        row, waits = self.put("old", "dead", 31), self.put("waits", "pending", 31)
        for attempt_of, days in ((row, 31), (row, 31), (waits, 8), (waits, 6)):
            self.put_attempt(attempt_of, days)
        self.db.execute("INSERT INTO conversions (tracker, subid, status, sent_status, outbox_id, taken_in_at) VALUES"
                        " ('default', 'a', 'lead', 'lead', 1, ?), ('default', 'b', 'lead', 'lead', 2, ?)",
                        (self.now - 400 * DAY, self.now - 300 * DAY))
        ages = ("--older-than", "30d", "--attempts-older-than", "7d", "--conversions-older-than", "365d")
        trial = self.ko_json("prune", *ages, "--dry-run", *self.place)
        self.assertEqual(self.db.value("SELECT count(*) FROM delivery_attempts"), 4)
        real = self.ko_json("prune", *ages, *self.place)
        self.assertEqual((real["rows"], real["attempts"], real["conversions"]), (1, 3, 1))
        self.assertEqual({**trial, "dry_run": False}, real)
        self.assertEqual(self.subids(), ["waits"])
        self.assertEqual(self.db.value("SELECT group_concat(subid) FROM conversions"), "b")
        self.assertEqual(self.db.value("SELECT count(*) FROM delivery_attempts"), 1)

    def test_what_to_prune_must_be_said(self):
        self.put("old", "delivered", 31)
        for args in ((), ("--state", "dead"), ("--tracker", "a"), ("--state", "pending", "--older-than", "1d"), ("--older-than", "30"),
                     ("--older-than", "1d", "--tracker", "a", "--attempts-older-than", "1d")):
            with self.subTest(args):
                result = self.ko("prune", *args, *self.place)
                self.assertEqual(result.code, 2)
                self.assert_one_line(result.err)
        self.assertEqual(self.subids(), ["old"])

    def test_an_application_commits_beside_it(self):
        self.put_many(20_000, 31)
        application = self.db.connect()
        self.addCleanup(application.close)
        child = self.start("prune", [COMMAND, "prune", "--older-than", "30d", *self.place])
        waits = []
        while child.running():
            begun = time.monotonic()
            application.execute("INSERT INTO outbox (subid, status) VALUES ('new', 'lead')")
            waits.append(time.monotonic() - begun)
            time.sleep(0.005)
        self.assertEqual(child.stdout(), "20000 rows, 0 attempts and 0 conversions deleted\n")
        self.assertLess(statistics.median(waits), 0.3, f"of {len(waits)}")
        self.assertEqual(self.db.states(), {"pending": len(waits)})


class InTheBackground(Prune):
    def worker_that_keeps(self, settings, receiver):
        config = self.write("outbox.toml", f"{settings}\n[[tracker]]\nurl = '{receiver.url}'\nallow_private = true\n")
        return self.worker("--config", config)

    def test_the_worker_forgets_what_is_older_than_the_settings_keep(self):
        receiver = self.receiver(lambda r: Reply(422) if r.subid == "bad" else Reply())
        self.put_many(3000, 31)
        waits = self.put("waits", "pending", 400, tracker="absent")
        self.put_attempt(waits, 8)
        self.put("young", "delivered", 29)
        worker = self.worker_that_keeps('keep_finished = "30d"\nkeep_attempts = "7d"', receiver)
        wait_until(lambda: self.subids() == ["waits", "young"], what=lambda: f"{len(self.subids())} rows")
        wait_until(lambda: self.db.value("SELECT count(*) FROM delivery_attempts") == 0, what="the old attempt is gone")
        self.wait_for_line(worker, "pruned")
        self.assertIn("rows=3000", worker.stderr())
        # It delivers as before.
        self.db.insert(subid="new", status="lead")
        self.db.insert(subid="bad", status="lead")
        wait_until(lambda: len(receiver.seen()) >= 2, what="both are sent")
        self.assertEqual(worker.terminate(), 0)

    def test_without_a_setting_nothing_is_forgotten(self):
        receiver = self.receiver()
        old = self.put("old", "delivered", 4000)
        self.worker_that_keeps('keep_attempts = "1s"', receiver)
        row = self.db.insert(subid="new", status="lead")
        self.wait_for_state(row, "delivered")
        self.put_attempt(old, 1)
        wait_until(lambda: self.db.value("SELECT count(*) FROM delivery_attempts") == 0, what="attempts are pruned")
        self.assertEqual(self.subids(), ["old", "new"])
        self.assertEqual(self.db.value("SELECT count(*) FROM conversions"), 1)

    def test_a_conversion_that_is_forgotten_is_sent_as_its_first(self):
        receiver = self.receiver()
        self.worker_that_keeps('keep_conversions = "1s"', receiver)
        for count in (1, 2):
            row = self.db.insert(subid="a", status="sale", tid="t")
            self.wait_for_state(row, "delivered")
            self.assertEqual(len(receiver.seen()), count)
            wait_until(lambda: self.db.value("SELECT count(*) FROM conversions") == 0, what="the conversion is forgotten")

    def test_drain_leaves_it_to_run(self):
        receiver = self.receiver()
        self.put("old", "delivered", 31)
        config = self.write("outbox.toml", f'keep_finished = "1d"\n[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n')
        self.assertEqual(self.ko("drain", "--config", config, *self.place).code, 0)
        self.assertEqual(self.subids(), ["old"])


if __name__ == "__main__":
    unittest.main()
