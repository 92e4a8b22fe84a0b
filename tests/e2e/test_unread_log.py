"""Nobody reads stderr any more: delivery, health and the stop go on as if it were read."""

import fcntl
import json
import os
import signal
import subprocess
import unittest

from harness import COMMAND, E2ETest, clean_environment

SMALLEST_PIPE = 4096
ROWS = 3000


class UnreadLog(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def start_unread(self, verb, *flags):
        """`verb` with a stderr of one page that is read only where the test does."""
        self.read_end, write_end = os.pipe()
        self.addCleanup(os.close, self.read_end)
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, SMALLEST_PIPE)
        args = [COMMAND, verb, "--db", self.db_path, "--allow-private", "--log-level", "debug", *flags]
        child = subprocess.Popen(args, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=write_end)
        os.close(write_end)
        self.addCleanup(lambda: (child.poll() is None and child.kill(), child.wait()))
        return child

    def test_delivery_goes_on_and_sigterm_ends_it(self):
        receiver = self.receiver()
        self.insert_clicks(ROWS)
        child = self.start_unread("run", "--to", receiver.url)
        self.wait_for_states({"delivered": ROWS}, timeout=60)
        self.insert_clicks(5, prefix="later")
        self.wait_for_states({"delivered": ROWS + 5})
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(timeout=60), 0)

    def test_what_was_dropped_is_counted_once_it_is_read_again(self):
        receiver = self.receiver()
        rows = 12000  # Their lines are more than what waits.
        self.insert_clicks(rows)
        child = self.start_unread("run", "--to", receiver.url, "--log-format", "json")
        self.wait_for_states({"delivered": rows}, timeout=120)
        with open(self.read_end, "rb", closefd=False) as log:
            delivered = dropped = 0
            while not dropped:
                line = json.loads(log.readline())
                delivered += line["event"] == "delivered"
                dropped += line["count"] if line["event"] == "lines_dropped" else 0
            self.assertGreater(delivered, 0)
            self.assertLessEqual(delivered + dropped, rows + 10)
            child.send_signal(signal.SIGTERM)
            self.assertEqual([json.loads(line)["event"] for line in log][-1], "end")
        self.assertEqual(child.wait(timeout=60), 0)


if __name__ == "__main__":
    unittest.main()
