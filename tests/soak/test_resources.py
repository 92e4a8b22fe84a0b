"""The soak's verdict on memory, descriptors and files: a leak is found, the ups and downs of a working process are not."""

import os
import random
import tempfile
import unittest

import soak_tools  # noqa: F401  pylint: disable=unused-import
from soak_parts import resources
from soak_parts.evidence import Record, open_to_read

MIB = 1 << 20
SECONDS = 600


class Resources(unittest.TestCase):
    def judge(self, database_bytes=400 * SECONDS * 200, drained_from=SECONDS, **measures):
        """`measures`: functions of the second (0 to 599) for columns of vitals. The first 300 s are full of kills."""
        with tempfile.TemporaryDirectory(prefix="keitaro-soak-test-") as folder:
            path = os.path.join(folder, "record.db")
            record = Record(path)
            chance = random.Random(1)
            for second in range(SECONDS):
                usual = {"rss": 15 * MIB + chance.randrange(2 * MIB), "descriptors": 20 + chance.randrange(60), "wal": 5 * MIB}
                usual.update({name: int(measure(second)) for name, measure in measures.items()})
                phase, pid = ("kills", 100 + second // 10) if second < 300 else ("steady" if second < drained_from else "draining", 200)
                record.vitals((second * 1000, phase, pid, usual["rss"], 0, usual["descriptors"], second % 10 * 7, usual["wal"],
                               200 * (second + 1)))
            record.close()
            figures, findings = resources.judge(open_to_read(path), database_bytes, 200 * SECONDS)
            return figures, [finding.kind for finding in findings]

    def test_ups_and_downs_are_no_growth(self):
        figures, kinds = self.judge()
        self.assertEqual(kinds, [])
        self.assertGreater(figures["rss_of_one_life"][0], 15 * MIB)
        self.assertEqual(figures["bytes_a_row"], 400)

    def test_processor_time_is_the_sum_of_all_lives(self):
        figures, _ = self.judge()
        self.assertEqual(figures["cpu_ms"], 31 * 63)

    def test_a_leak_in_one_life_is_found(self):
        self.assertIn("MEMORY GROWS", self.judge(rss=lambda second: 15 * MIB + max(second - 300, 0) * MIB / 20)[1])

    def test_memory_that_grows_with_the_database_is_found(self):
        self.assertIn("MEMORY GROWS", self.judge(rss=lambda second: 15 * MIB + second * MIB / 40)[1])

    def test_a_peak_beyond_all_bounds_is_found(self):
        self.assertIn("MEMORY GROWS", self.judge(rss=lambda second: 300 * MIB if second == 77 else 15 * MIB)[1])

    def test_descriptors_that_are_never_closed_are_found(self):
        chance = random.Random(2)
        self.assertIn("DESCRIPTORS GROW", self.judge(descriptors=lambda second: 20 + chance.randrange(60) + max(second - 300, 0) / 10)[1])

    def test_descriptors_of_a_backlog_are_given_back_when_it_is_drained(self):
        def behind_from_the_middle(last):
            return lambda second: 15 if second < 400 or second > last else 79

        self.assertEqual(self.judge(descriptors=behind_from_the_middle(595), drained_from=580)[1], [])
        self.assertIn("DESCRIPTORS GROW", self.judge(descriptors=behind_from_the_middle(SECONDS), drained_from=580)[1])

    def test_a_log_without_bounds_is_found(self):
        self.assertIn("FILES GROW", self.judge(wal=lambda second: second * MIB)[1])

    def test_a_database_without_bounds_is_found(self):
        self.assertIn("FILES GROW", self.judge(database_bytes=9000 * SECONDS * 200)[1])


if __name__ == "__main__":
    unittest.main()
