"""Looks at every state of the model of leases, and shows that it notices each fault that it is there for."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

MODEL = pathlib.Path(__file__).resolve().with_name("lanes.pml")
FAULTS = ("NO_FENCE", "DEADLINE_FROM_ANSWER", "NO_MARGIN", "NO_ROOM_FOR_REQUEST", "CLOCK_STOPS", "HAND_OVER_IN_FLIGHT", "FREEZE_AFTER_LOOK",
          "TAKEOVER")


@unittest.skipUnless(shutil.which("spin"), "spin is not installed")
class Lanes(unittest.TestCase):
    def errors(self, *defined):
        """What the checker found, after it has looked at every state, or at the first error."""
        with tempfile.TemporaryDirectory() as folder:
            names = [f"-D{name}" for name in defined]
            subprocess.run(["spin", "-a", *names, MODEL], cwd=folder, check=True, stdout=subprocess.DEVNULL)
            subprocess.run([os.environ.get("CC", "cc"), "-O1", "-w", "-DSAFETY", "-o", "pan", "pan.c"], cwd=folder, check=True)
            said = subprocess.run(["./pan", "-m5000000", "-w22"], cwd=folder, check=True, capture_output=True, text=True).stdout
        self.assertNotIn("max search depth too small", said)
        found = int(re.search(r"errors: (\d+)", said)[1])
        if not found:
            self.assertNotIn("Search not completed", said)
            self.assertGreater(int(re.search(r"(\d+) states, stored", said)[1]), 10_000)
        return found

    def test_a_lane_never_has_two_senders_and_who_has_lost_it_records_nothing(self):
        self.assertEqual(self.errors(), 0)

    def test_each_fault_is_noticed(self):
        for fault in FAULTS:
            with self.subTest(fault=fault):
                self.assertEqual(self.errors(fault), 1)

    def test_each_fault_of_the_model_is_tried(self):
        text = MODEL.read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"#ifn?def (\w+)", text)), set(FAULTS))


if __name__ == "__main__":
    unittest.main()
