"""Workers that are killed or frozen: others take over what they had once their lease has run out, within 30 s, and in order."""

import signal
import time
import unittest

from harness import wait_until
from outbox_test import OutboxTest

PROMISED = 30  # seconds
LONG = 90


class LostWorkers(OutboxTest):
    def test_what_a_killed_worker_had_is_delivered_by_the_other(self):
        receiver = self.receiver()
        doomed = self.worker(url=receiver.url)
        self.worker(url=receiver.url)
        self.wait_for_shares(128, 128)
        self.insert_clicks(300, rows_each=2)
        wait_until(lambda: receiver.count() > 100, what="both deliver")
        doomed.kill()
        killed = time.monotonic()
        self.insert_clicks(100, rows_each=2, start=300)
        self.wait_for_shares(256, timeout=LONG)
        # The rest of a second or two is the machine's, where it is busy.
        self.assertLess(time.monotonic() - killed, PROMISED, "seconds until the other has everything")
        self.wait_for_states({"delivered": 800}, timeout=LONG)
        self.assert_in_order(receiver)

    def test_a_worker_that_ends_in_order_hands_over_at_once(self):
        receiver = self.receiver()
        first = self.worker(url=receiver.url)
        self.worker(url=receiver.url)
        self.wait_for_shares(128, 128)
        self.insert_clicks(300, rows_each=2)
        wait_until(lambda: receiver.count() > 100, what="both deliver")
        self.assertEqual(first.terminate(), 0)
        self.assertEqual(self.pg.sql("SELECT count(*) FROM outbox_workers"), ["1"], "it is gone from the list when it has ended")
        self.wait_for_states({"delivered": 600}, timeout=LONG)
        self.assert_in_order(receiver)
        self.assertEqual(receiver.count(), 600, "none is sent twice")

    def test_a_worker_that_was_frozen_for_too_long_sends_nothing_of_what_others_have(self):
        receiver, of_the_frozen = self.receiver(), self.receiver()
        frozen = self.worker(url=of_the_frozen.url)
        self.wait_for_shares(256)
        frozen.signal(signal.SIGSTOP)
        self.insert_clicks(50)
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 50}, timeout=LONG)
        frozen.signal(signal.SIGCONT)
        self.wait_for_shares(128, 128, timeout=LONG)
        self.insert_clicks(50, start=50)
        self.wait_for_states({"delivered": 100})
        self.assertEqual({r.subid for r in receiver.seen()} & {r.subid for r in of_the_frozen.seen()}, set())


if __name__ == "__main__":
    unittest.main()
