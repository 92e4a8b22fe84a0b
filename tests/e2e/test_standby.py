"""One worker at a time drains a database; a further one stands by and takes over at once."""

import os
import signal
import threading
import time
import unittest

from harness import QUICK_RETRIES, E2ETest, wait_until
from receiver import Reply


class Standby(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def delivered_by(self, receiver, subid):
        """Inserts a row and waits until it arrives; gives the seconds that took."""
        start = time.monotonic()
        self.db.insert(subid=subid, status="sale")
        wait_until(lambda: any(r.subid == subid for r in receiver.seen()), what=f"{subid} arrives", step=0.002)
        return time.monotonic() - start

    def standing_by(self, worker):
        self.wait_for_line(worker, "standing")

    def test_a_second_run_stands_by_and_takes_over_when_the_first_is_killed(self):
        first_receiver, second_receiver = self.receiver(), self.receiver()
        first = self.worker(url=first_receiver.url)
        self.delivered_by(first_receiver, "one")
        second = self.worker(url=second_receiver.url)
        self.standing_by(second)
        for number in range(20):
            self.delivered_by(first_receiver, f"more{number}")
        self.assertEqual(second_receiver.count(), 0)
        first.kill()
        took = self.delivered_by(second_receiver, "two")
        print(f"taken over in {took * 1000:.0f} ms")
        self.assertLess(took, 5)
        self.assertTrue(second.running())
        self.wait_for_states({"delivered": 22})

    def test_it_takes_over_when_the_first_is_stopped_in_order(self):
        receiver = self.receiver()
        first = self.worker(url=receiver.url)
        self.delivered_by(receiver, "one")
        second = self.worker(url=receiver.url)
        self.standing_by(second)
        self.assertEqual(first.terminate(), 0)
        self.assertLess(self.delivered_by(receiver, "two"), 5)
        self.assertEqual(second.terminate(), 0)
        self.assertEqual(receiver.count(), 2)

    def test_a_drain_that_stands_by_for_long_says_once_what_it_waits_for(self):
        takes_in = threading.Event()
        receiver = self.receiver(lambda request: Reply() if takes_in.is_set() else Reply(503))
        self.worker(*QUICK_RETRIES, url=receiver.url)
        self.db.insert(subid="one", status="sale")
        wait_until(receiver.count, what="the worker tries")
        drain = self.quiet_worker("drain", receiver)
        self.wait_for_line(drain, "long_wait")
        takes_in.set()
        self.assertEqual(drain.wait(timeout=30), 0)
        self.assert_one_line(drain.stderr())
        self.assertIn("stop that worker", drain.stderr())
        self.wait_for_states({"delivered": 1})

    def test_a_standby_stops_at_a_signal(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.delivered_by(receiver, "one")
        second = self.worker(url=receiver.url)
        self.standing_by(second)
        self.assertEqual(second.terminate(timeout=10), 0)
        self.delivered_by(receiver, "two")

    def only_active(self, workers):
        """The one that neither stands by nor is about to say so; None while that is not clear."""
        active = [w for w in workers if "standing" not in w.stderr() or "taking_over" in w.stderr()]
        return active[0] if len(active) == 1 else None

    def test_a_chain_of_standbys_takes_over_one_after_another(self):
        receiver = self.receiver(lambda request: Reply(delay=0.005))
        workers = [self.worker(url=receiver.url) for _ in range(4)]
        for number in range(4):
            self.delivered_by(receiver, f"r{number}")
            self.wait_for_states({"delivered": number + 1})
            active = wait_until(lambda: self.only_active(workers), what="all but one stand by")
            active.kill()
            workers.remove(active)
        self.assertEqual(receiver.count(), 4, "never two at once")

    def test_the_same_file_by_another_name_is_the_same_database(self):
        os.mkdir(self.path("elsewhere"))
        by_link = self.path("elsewhere/link.db")
        os.symlink(self.db_path, by_link)
        first_receiver, second_receiver = self.receiver(), self.receiver()
        first = self.worker(url=first_receiver.url)
        self.delivered_by(first_receiver, "one")
        second = self.worker(url=second_receiver.url, db_path=by_link)
        self.standing_by(second)
        self.delivered_by(first_receiver, "two")
        self.assertEqual(second_receiver.count(), 0)
        first.kill()
        self.delivered_by(second_receiver, "three")
        # By the link too a commit is noticed at once, though the -wal file lies in another folder.
        self.assertLess(min(self.delivered_by(second_receiver, f"again{n}") for n in range(5)), 0.5)

    def test_drain_beside_a_running_worker_sends_nothing_twice(self):
        receiver = self.receiver(lambda request: Reply(delay=0.002))
        self.worker(url=receiver.url)
        self.delivered_by(receiver, "one")
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(500)])
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "40s")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.db.states(), {"delivered": 501})
        self.assertEqual(receiver.count(), 501)

    def test_drain_beside_a_worker_that_gets_nowhere_gives_up(self):
        receiver = self.receiver(lambda request: Reply(503))
        self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        wait_until(receiver.count, what="the worker tries")
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "1s")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.db.states(), {"pending": 1})

    def test_a_worker_that_is_frozen_is_not_taken_over(self):
        receiver = self.receiver()
        first = self.worker(url=receiver.url)
        self.delivered_by(receiver, "one")
        second = self.worker(url=receiver.url)
        self.standing_by(second)
        first.signal(signal.SIGSTOP)
        row = self.db.insert(subid="two", status="sale")
        self.assert_stays(lambda: self.db.state(row) == "pending", 1.5, "no clock is involved")
        first.signal(signal.SIGCONT)
        self.wait_for_state(row, "delivered")
        self.assertEqual(receiver.count(), 2)

    def test_workers_of_two_databases_do_not_know_each_other(self):
        other_path = self.path("other.db")
        self.assertEqual(self.ko("init", "--db", other_path).code, 0)
        first_receiver, second_receiver = self.receiver(), self.receiver()
        self.worker(url=first_receiver.url)
        self.worker(url=second_receiver.url, db_path=other_path)
        self.delivered_by(first_receiver, "one")
        self.shell("INSERT INTO outbox(subid,status) VALUES('abc','sale')", db_path=other_path)
        wait_until(second_receiver.count, what="the other database's row arrives")


if __name__ == "__main__":
    unittest.main()
