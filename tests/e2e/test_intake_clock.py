"""The wall clock steps while the front door takes in: nothing is lost, nothing kept twice, and the order stays that of the calls."""

import os
import unittest

from front_door import FrontDoorTest
from harness import BUILD_DIR, SANITIZED

SHIM = os.path.join(BUILD_DIR, "tests", "libclock.so")
DAY = 86_400


@unittest.skipIf(SANITIZED, "a preloaded library must not come before the sanitizer's")
class ClockSteps(FrontDoorTest):
    def step(self, seconds):
        # A rename: the command never reads half a number.
        with open(self.clock + ".next", "w") as file:
            file.write(str(seconds))
        os.replace(self.clock + ".next", self.clock)

    def open_with_clock(self, verb="intake", more=""):
        self.clock = os.path.join(self.folder, "clock")
        self.step(0)
        tracker = '[[tracker]]\nurl = "http://127.0.0.1:9/k3yk3yk3y/postback"\nallow_private = true\n' if verb == "run" else ""
        config = self.configure(intake="spool = true", source='event_id = "{id}"\n' + more, trackers=tracker)
        _, port = self.open(config, verb=verb, env={"LD_PRELOAD": SHIM, "CLOCK_STEP": self.clock})
        return port

    def test_by_a_day_back_and_forth_nothing_is_lost_and_each_event_is_there_once(self):
        for verb in ("intake", "run"):
            with self.subTest(verb=verb):
                self.db.execute("DELETE FROM outbox")
                self.db.execute("DELETE FROM intake_rejects")
                port = self.open_with_clock(verb)
                wanted = []
                for number, seconds in enumerate((0, DAY, -DAY, 0, -30 * DAY, 30 * DAY, 0)):
                    self.step(seconds)
                    for repeat in range(2):
                        self.assertEqual(self.call(port, f"subid=c{number}&status=lead&id={number}")[0], 200)
                        self.assertEqual(self.call(port, "subid=c0&status=lead&id=0")[0], 200)
                    self.assertEqual(self.call(port, f"subid=c{number}&status=sale")[0], 200)
                    self.assertEqual(self.call(port, f"subid=c{number}&status=7")[0], 422)
                    wanted += [(f"c{number}", "lead"), (f"c{number}", "sale")]
                self.assertEqual(self.rows(), wanted)
                self.assertEqual(len(self.rejects()), 7)
                created = [value for value, in self.rows("created_at")]
                self.assertGreater(max(created) - min(created), 59 * DAY * 1000, "the clock did step")

    def test_while_the_database_is_locked_the_spool_keeps_the_order_of_the_calls(self):
        port = self.open_with_clock()
        self.db.execute("BEGIN EXCLUSIVE")
        for number, seconds in enumerate((DAY, -DAY, 0)):
            self.step(seconds)
            self.assertEqual(self.call(port, f"subid=c{number}&status=lead&id={number}")[0], 200)
            self.assertEqual(self.call(port, f"subid=c{number}&status=lead&id={number}")[0], 200)
        self.db.execute("COMMIT")
        self.step(-DAY)
        self.assertEqual(self.call(port, "subid=c3&status=lead&id=3")[0], 200)
        self.assertEqual(self.rows("subid"), [("c0",), ("c1",), ("c2",), ("c3",)])

    def test_a_source_with_a_rate_is_not_shut_out(self):
        port = self.open_with_clock(more="rate = 1000")
        for seconds in (0, -DAY, DAY):
            self.step(seconds)
            self.assertEqual(self.call(port, f"subid=a{seconds}&status=lead")[0], 200)


if __name__ == "__main__":
    unittest.main()
