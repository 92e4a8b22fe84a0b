"""What is short on the worker's own side is nobody else's fault: it waits, says so, and uses up no attempts."""

import os
import resource
import unittest

from harness import E2ETest


class OwnSide(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    @staticmethod
    def sockets(process):
        folder = f"/proc/{process.pid}/fd"
        return [int(fd) for fd in os.listdir(folder) if os.readlink(os.path.join(folder, fd)).startswith("socket:")]

    def test_without_descriptors_rows_wait_and_keep_their_attempts(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.db.insert(subid="before", status="lead")
        self.wait_for_states({"delivered": 1})
        # Its connection is gone, and no descriptor as high as the lowest of its sockets can be had any more.
        lowest = min(self.sockets(worker), default=3)
        usual = resource.prlimit(worker.pid, resource.RLIMIT_NOFILE)
        receiver.stop()
        receiver.start()
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (lowest, usual[1]))
        self.insert_clicks(100)
        self.wait_for_line(worker, "own_trouble", count=2)
        self.assertEqual(self.db.value("SELECT count(*) FROM delivery_attempts"), 0)
        self.assertIsNone(self.db.value("SELECT 1 FROM outbox_trackers WHERE breaker <> 'closed'"))
        self.assertEqual(self.ko("status", "--db", self.db_path).code, 0)
        resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, usual)
        self.wait_for_states({"delivered": 101}, timeout=60)
        self.assertEqual(self.db.value("SELECT max(attempts) FROM outbox"), 1)
        self.assertTrue(worker.running())


if __name__ == "__main__":
    unittest.main()
