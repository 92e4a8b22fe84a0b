"""A stop under load: what is in flight finishes and is recorded; nothing is sent twice over a stop and a new start."""

import os
import random
import signal
import time
import unittest

from harness import BUILD_DIR, SANITIZED, E2ETest, wait_until
from receiver import Reply

SHIM = os.path.join(BUILD_DIR, "tests", "libearly_signal.so")


class Stop(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def insert_rows(self, clicks, rows=1):
        self.db.insert_many(("subid", "status", "tid"), [(f"c{c}", "sale", str(n)) for n in range(rows) for c in range(clicks)])

    def assert_each_once(self, receiver, total):
        pairs = [(r.subid, r.params["tid"]) for r in receiver.seen()]
        self.assertEqual(len(pairs), total)
        self.assertEqual(len(set(pairs)), total)

    def test_nothing_is_sent_twice_over_stops_and_starts_under_load(self):
        receiver = self.receiver(lambda request: Reply(delay=random.uniform(0.001, 0.015)))
        self.insert_rows(300, rows=5)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
            goal = min(receiver.count() + 200, 1500)
            worker = self.worker(url=receiver.url)
            wait_until(lambda g=goal: receiver.count() >= g, what="it is under load", step=0.001)
            worker.signal(number)
            self.assertEqual(worker.wait(), 0)
            # Whatever was received is recorded: the stop waited for it.
            self.assertEqual(self.db.states()["delivered"], receiver.count())
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 1500}, timeout=60)
        self.assert_each_once(receiver, 1500)
        for subid, numbers in receiver.by_click(lambda r: int(r.params["tid"])).items():
            self.assertEqual(numbers, list(range(5)), subid)

    @unittest.skipIf(SANITIZED, "a preloaded library must not come before the sanitizer's")
    def test_a_signal_that_comes_while_it_starts_is_taken_when_it_runs(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url, env={"LD_PRELOAD": SHIM, "EARLY_SIGNAL": str(int(signal.SIGTERM))})
        self.assertEqual(worker.wait(), 0)
        self.assertIn(" end how=stopped", worker.stderr())
        worker = self.worker(url=receiver.url, env={"LD_PRELOAD": SHIM, "EARLY_SIGNAL": str(int(signal.SIGHUP))})
        self.insert_rows(1)
        self.wait_for_states({"delivered": 1})
        self.wait_for_line(worker, "reload")
        # What does not run until it is stopped has no reason to wait.
        result = self.ko("list", "--db", self.db_path, env={"LD_PRELOAD": SHIM, "EARLY_SIGNAL": str(int(signal.SIGTERM))})
        self.assertEqual(result.code, -signal.SIGTERM)

    def test_a_stop_sends_nothing_more(self):
        receiver = self.receiver(lambda request: Reply(delay=0.3))
        self.insert_rows(500)
        worker = self.worker("--concurrency", "8", url=receiver.url)
        wait_until(lambda: receiver.count() >= 8, what="requests are in flight")
        worker.signal(signal.SIGTERM)
        self.assertEqual(worker.wait(), 0)
        self.assertLessEqual(receiver.count(), 24)
        self.assertEqual(self.db.states()["delivered"], receiver.count())

    def test_a_request_without_an_answer_gets_no_more_than_the_grace(self):
        receiver = self.receiver(lambda request: Reply(then="hang"))
        self.insert_rows(5)
        worker = self.worker("--request-timeout", "60s", "--grace", "700ms", url=receiver.url)
        wait_until(lambda: receiver.count() == 5, what="requests are in flight")
        begun = time.monotonic()
        worker.signal(signal.SIGTERM)
        self.assertEqual(worker.wait(), 0)
        took = time.monotonic() - begun
        self.assertGreater(took, 0.5)
        self.assertLess(took, 10)
        self.assertEqual(self.db.states(), {"pending": 5})

    def test_an_answer_within_the_grace_is_recorded(self):
        receiver = self.receiver(lambda request: Reply(delay=1.2))
        self.insert_rows(5)
        worker = self.worker("--grace", "20s", url=receiver.url)
        wait_until(lambda: receiver.count() == 5, what="requests are in flight")
        self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.db.states(), {"delivered": 5})

    def test_an_idle_worker_stops_at_once(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert_rows(1)
        self.wait_for_states({"delivered": 1})
        begun = time.monotonic()
        self.assertEqual(worker.terminate(), 0)
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_worker_with_rows_in_backoff_stops_at_once(self):
        receiver = self.receiver(lambda request: Reply(503))
        self.insert_rows(200)
        worker = self.worker("--grace", "30s", url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM delivery_attempts") >= 10, what="rows fail")
        begun = time.monotonic()
        self.assertEqual(worker.terminate(), 0)
        self.assertLess(time.monotonic() - begun, 10)
        self.assertEqual(self.db.states(), {"pending": 200})

    def test_a_signal_right_after_the_start_is_heard(self):
        receiver = self.receiver()
        for _ in range(5):
            worker = self.worker(url=receiver.url)
            wait_until(lambda w=worker: w.stderr() or not w.running(), what="it says something", step=0.001)
            self.assertEqual(worker.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
