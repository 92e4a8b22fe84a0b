"""`kill -9` again and again under load with an application writing beside it: nothing is lost, order holds, repeats are few."""

import collections
import os
import random
import sys
import unittest

from harness import E2ETest, QUICK_RETRIES, wait_until

APPLICATION = os.path.join(os.path.dirname(os.path.abspath(__file__)), "application.py")


class Crash(E2ETest):
    CLICKS = 300
    ROWS = 10
    KILLS = 8

    def start_application(self, pause):
        return self.start("application", [sys.executable, APPLICATION, self.db_path, self.CLICKS, self.ROWS, 5, pause])

    def sequences(self, sim):
        """For each click the numbers of its rows, in order of receipt."""
        clicks = collections.defaultdict(list)
        for receipt in sim.received():
            clicks[receipt["params"]["subid"]].append(int(receipt["params"]["tid"]))
        return clicks

    def kill_again_and_again(self, sim, application, *flags):
        chance = random.Random(11)
        total = self.CLICKS * self.ROWS
        for number in range(self.KILLS):
            # A number that varies, so that a kill hits starting, sending and committing.
            goal = sim.received_count() + chance.choice((1, 20, 150, 250, 330))
            worker = self.worker(*flags, url=sim.url, name=f"run{number + 1}")
            wait_until(lambda g=goal: sim.received_count() >= min(g, total), 40,
                       lambda g=goal: f"progress to {g}, at {sim.received_count()}", step=0.003)
            worker.kill()
        left = self.db.states()["pending"]
        print(f"after {self.KILLS} kills: {sim.received_count()} received, {left} pending, application "
              f"{'still writes' if application.running() else 'is done'}")

    def assert_all_arrived(self, sim, repeats_at_most):
        total = self.CLICKS * self.ROWS
        self.wait_for_states({"delivered": total}, timeout=60)
        wait_until(lambda: sum(len(set(numbers)) for numbers in self.sequences(sim).values()) == total, what="all are in the log")
        clicks = self.sequences(sim)
        self.assertEqual(len(clicks), self.CLICKS)
        received = 0
        for subid, numbers in clicks.items():
            received += len(numbers)
            self.assertEqual(sorted(set(numbers)), list(range(self.ROWS)), f"{subid}: every row arrived")
            self.assertEqual(numbers, sorted(numbers), f"{subid}: in order, a repeat only of the row that was under way")
        print(f"{received - total} of {total} were sent again")
        self.assertLessEqual(received - total, repeats_at_most)
        self.assertEqual(self.db.value("SELECT count(*) FROM orders"), total)
        self.assertEqual(self.db.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(self.db.value("SELECT count(*) FROM conversions"), total)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE finished_at IS NULL OR reason IS NOT NULL"), 0)
        self.assertEqual(len(sim.conversions()), total, "once in effect")

    def run_crashes(self, repeats_at_most, *sim_flags):
        self.init()
        sim = self.sim(*sim_flags)
        application = self.start_application(0.008)
        self.kill_again_and_again(sim, application, *QUICK_RETRIES)
        self.worker(*QUICK_RETRIES, url=sim.url, name="last-run")
        self.assertEqual(application.wait(60), 0)
        print(application.stdout().strip())
        self.assert_all_arrived(sim, repeats_at_most)

    def test_every_conversion_arrives_in_order_whatever_is_killed(self):
        self.run_crashes(self.KILLS * 300)

    def test_the_same_with_a_slow_tracker(self):
        self.run_crashes(self.KILLS * 300, "--latency", "15ms")

    def test_an_application_killed_in_its_transaction_leaves_no_half_of_it(self):
        self.init()
        sim = self.sim()
        self.worker(url=sim.url)
        for _ in range(4):
            application = self.start_application(0)
            goal = sim.received_count() + 200
            wait_until(lambda g=goal: sim.received_count() >= g, what="rows arrive", step=0.003)
            application.kill()
        self.wait_for_none_pending()
        orders = self.db.value("SELECT count(*) FROM orders")
        self.assertEqual(orders % 5, 0)
        self.assertEqual(orders, self.db.value("SELECT count(*) FROM outbox"), "fact and conversion stand or fall together")


if __name__ == "__main__":
    unittest.main()
