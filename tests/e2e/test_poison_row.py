"""A row that crashes or wedges whoever handles it is found and set aside after a few starts; the others go on."""

import os
import unittest

from harness import BUILD_DIR, SANITIZED, E2ETest, wait_until
from receiver import Reply

SHIM = os.path.join(BUILD_DIR, "tests", "libpoison.so")
ENDS = 3


@unittest.skipIf(SANITIZED, "a preloaded library must not come before the sanitizer's")
class PoisonRow(E2ETest):
    def setUp(self):
        super().setUp()
        self.assertTrue(os.path.exists(SHIM), f"{SHIM} is built with the tests")
        self.init()

    def poison(self, call, how, text="poison"):
        env = {"LD_PRELOAD": SHIM, "POISON_TEXT": text, "POISON_CALL": call, "POISON_HOW": how}
        if how == "hang":
            env["KEITARO_OUTBOX_HANDLING_LIMIT"] = "1200ms"
        return env

    def start_again_and_again(self, receiver, env, starts=12):
        """As a supervisor does, until a worker stays. Gives it and how many ended before it."""
        for ended in range(starts):
            worker = self.worker(url=receiver.url, env=env)
            wait_until(lambda w=worker: not w.running() or self.nothing_left(), 20, what="it ends, or delivers all")
            if worker.running():
                return worker, ended
        raise AssertionError(f"none of {starts} workers stayed")

    def nothing_left(self):
        return self.db.value("SELECT 1 FROM outbox WHERE state = 'pending' LIMIT 1") is None

    def assert_set_aside(self, poison, why):
        row = self.db.row(poison)
        self.assertEqual(row["state"], "dead")
        self.assertIn(f"the worker ended {ENDS} times while it was {why}", row["reason"])
        self.assertIsNotNone(row["finished_at"])

    def test_a_row_that_crashes_the_sender_is_set_aside(self):
        receiver = self.receiver()
        poison = self.db.insert(subid="the-poison", status="lead")
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(20)])
        self.db.insert(subid="the-poison", status="rejected", tid="x")
        worker, ended = self.start_again_and_again(receiver, self.poison("curl", "crash", "the-poison&status=lead"))
        self.assertEqual(ended, ENDS)
        self.assert_set_aside(poison, "sending this row")
        self.assertEqual(self.db.states(), {"dead": 1, "delivered": 21}, "the later row of its click goes on")
        self.assertIn(f" warn dead id={poison} ", worker.stderr())
        self.assertEqual(sorted(r.subid for r in receiver.seen() if r.subid == "the-poison"), ["the-poison"])

    def test_a_row_that_crashes_the_delivery_thread_is_set_aside(self):
        receiver = self.receiver()
        self.db.insert(subid="before", status="lead")
        poison = self.db.insert(subid="c0", status="sale", tid="poison")
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(20)])
        _, ended = self.start_again_and_again(receiver, self.poison("bind", "crash"))
        self.assertEqual(ended, ENDS)
        self.assert_set_aside(poison, "planning this row")
        self.assertEqual(self.db.states(), {"dead": 1, "delivered": 21})

    def test_a_row_that_hangs_the_sender_is_set_aside(self):
        receiver = self.receiver()
        poison = self.db.insert(subid="poison", status="lead")
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(20)])
        _, ended = self.start_again_and_again(receiver, self.poison("curl", "hang"))
        self.assertEqual(ended, ENDS)
        self.assert_set_aside(poison, "sending this row")
        self.assertEqual(self.db.states(), {"dead": 1, "delivered": 20})
        first = self.children[0]
        self.assertEqual(first.code(), 1)
        self.assertRegex(first.stderr(), rf"keitaro-outbox: row {poison} has been handled for 1200ms without end; the process ends itself")

    def test_a_row_that_hangs_the_delivery_thread_is_set_aside(self):
        receiver = self.receiver()
        poison = self.db.insert(subid="c0", status="sale", tid="poison")
        self.db.insert(subid="other", status="lead")
        _, ended = self.start_again_and_again(receiver, self.poison("bind", "hang"))
        self.assertEqual(ended, ENDS)
        self.assert_set_aside(poison, "planning this row")
        self.assertEqual(self.db.states(), {"dead": 1, "delivered": 1})

    def test_an_operators_wish_gives_it_another_chance_with_a_clean_sheet(self):
        receiver = self.receiver()
        poison = self.db.insert(subid="poison", status="lead")
        env = self.poison("curl", "crash")
        worker, _ = self.start_again_and_again(receiver, env)
        self.assertEqual(self.ko("retry", "--db", self.db_path, "--id", poison).code, 0)
        wait_until(lambda: not worker.running(), what="it is tried, and crashes again")
        self.assertEqual(self.db.states(), {"pending": 1})
        for _ in range(ENDS - 2):
            self.assertNotEqual(self.worker(url=receiver.url, env=env).wait(), 0, "not set aside yet")
            self.assertEqual(self.db.states(), {"pending": 1})
        # Whatever it was is mended now.
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 1})

    def test_an_end_in_order_clears_every_row(self):
        receiver = self.receiver()
        poison = self.db.insert(subid="poison", status="lead")
        env = self.poison("curl", "crash")
        for _ in range(2):
            for _ in range(ENDS - 1):
                self.assertNotEqual(self.worker(url=receiver.url, env=env).wait(), 0)
            # A worker that does not get to the row: its tracker is not configured.
            config = self.write("other.toml", f'[[tracker]]\nname = "other"\nurl = "{receiver.url}"\n')
            worker = self.worker("--config", config)
            wait_until(lambda w=worker: "unknown_tracker" in w.stderr(), what="it has looked")
            self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.db.state(poison), "pending")

    def test_when_every_row_crashes_it_is_not_the_rows(self):
        receiver = self.receiver()
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(10)])
        env = self.poison("curl", "crash", "status=lead")
        for _ in range(ENDS * 6):
            self.assertNotEqual(self.worker("--concurrency", "1", url=receiver.url, env=env).wait(), 0)
        self.assertLessEqual(self.db.states()["dead"], 3)
        self.worker(url=receiver.url)
        wait_until(lambda: not self.db.states()["pending"], what="without the trouble the others are delivered")
        self.assertEqual(self.db.states()["delivered"], 10 - self.db.states()["dead"])

    def test_kills_in_the_midst_of_much_work_blame_no_innocent_row(self):
        receiver = self.receiver(lambda request: Reply())
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(3000)])
        for number in range(10):
            worker = self.worker(url=receiver.url)
            goal = receiver.count() + 100
            wait_until(lambda g=goal: receiver.count() >= min(g, 3000), what="it delivers", step=0.002)
            worker.kill()
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 3000}, timeout=60)


if __name__ == "__main__":
    unittest.main()
