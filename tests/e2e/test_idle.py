"""Next to no CPU when idle, and bounded memory whatever the backlog."""

import os
import time
import unittest

from harness import SANITIZED, E2ETest, wait_until


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_memory_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    raise AssertionError("no VmHWM")


MEMORY_MIB = 1000 if SANITIZED else 100


class Idle(E2ETest):
    SECONDS = 5

    def setUp(self):
        super().setUp()
        self.init()

    def measure(self, worker, what):
        """Share of a core that the worker takes over some seconds."""
        begun, before = time.monotonic(), cpu_seconds(worker.pid)
        while time.monotonic() - begun < self.SECONDS:
            time.sleep(0.1)
            self.assertTrue(worker.running())
        share = (cpu_seconds(worker.pid) - before) / (time.monotonic() - begun)
        print(f"{what}: {share * 100:.2f} % of a core, peak {peak_memory_mib(worker.pid):.0f} MiB")
        return share

    def test_an_idle_worker_takes_next_to_no_cpu(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        self.wait_for_states({"delivered": 1})
        self.assertLess(self.measure(worker, "idle"), 0.02)
        self.db.insert(subid="later", status="lead")
        self.wait_for_states({"delivered": 2}, timeout=10)

    def test_a_standby_takes_next_to_no_cpu(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        self.wait_for_states({"delivered": 1})
        standby = self.worker(url=receiver.url)
        self.wait_for_line(standby, "standing")
        self.assertLess(self.measure(standby, "standing by"), 0.02)

    def test_rows_that_wait_take_next_to_no_cpu(self):
        later = int(time.time() * 1000) + 3_600_000
        rows = [(f"c{n}", "lead", "default", later) for n in range(2000)] + [(f"u{n}", "lead", "unknown", 0) for n in range(2000)]
        rows += [(f"c{n}", "sale", "default", 0) for n in range(2000)]  # Each behind a scheduled one.
        self.db.insert_many(("subid", "status", "tracker", "due_at"), rows)
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        wait_until(lambda: self.db.states()["delivered"] == 1, what="the one that is due is delivered")
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE reason IS NOT NULL AND tracker = 'unknown'") == 2000,
                   what="the unknown tracker's rows say so")
        self.assertLess(self.measure(worker, "with 6,000 rows that wait"), 0.03)
        self.assertEqual(receiver.count(), 1)

    def test_a_backlog_of_100000_rows_for_a_tracker_that_is_down_takes_little_memory_and_cpu(self):
        self.db.execute("BEGIN IMMEDIATE")
        self.db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)"
                        " INSERT INTO outbox (subid, status, tid, payout, params) SELECT 'click-' || (i % 40000), 'sale', i, '10.5',"
                        " '{\"sub_id_1\":\"' || hex(randomblob(40)) || '\"}' FROM n")
        self.db.execute("COMMIT")
        receiver = self.receiver()
        receiver.stop()
        worker = self.worker(url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM delivery_attempts") >= 3, what="it tries")
        self.assertLess(self.measure(worker, "with 100,000 rows and the tracker down"), 0.5)
        self.assertLess(peak_memory_mib(worker.pid), MEMORY_MIB)
        receiver.start()
        wait_until(lambda: receiver.count() >= 3000, 60, lambda: f"rows flow again: {receiver.count()}")
        self.assertLess(peak_memory_mib(worker.pid), MEMORY_MIB)


if __name__ == "__main__":
    unittest.main()
