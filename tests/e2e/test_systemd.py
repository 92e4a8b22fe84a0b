"""What the worker tells systemd: a Type=notify service, heard at a socket of the test's own."""

import os
import signal
import socket
import sqlite3
import threading
import time
import unittest

from harness import QUICK_RETRIES, E2ETest, wait_until
from receiver import Reply


class Listener:
    """NOTIFY_SOCKET's other end. `heard` are the lines so far, with the time of each."""

    def __init__(self, path):
        self.heard = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(path)
        self._socket.settimeout(0.1)
        self._open = True
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while self._open:
            try:
                lines = self._socket.recv(65536).decode().splitlines()
            except TimeoutError:
                continue
            self.heard += [(time.monotonic(), line) for line in lines]

    def lines(self):
        return [line for _, line in list(self.heard)]

    def times(self, line):
        return [at for at, heard in list(self.heard) if heard == line]

    def status(self):
        return next((line[7:] for line in reversed(self.lines()) if line.startswith("STATUS=")), None)

    def close(self):
        self._open = False
        self._thread.join()
        self._socket.close()


class Systemd(E2ETest):
    def setUp(self):
        super().setUp()
        self.listener = self.listen(self.path("notify"))

    def listen(self, path):
        listener = Listener(path)
        self.addCleanup(listener.close)
        return listener

    def service(self, *flags, watchdog=None, socket_name=None, **options):
        env = {"NOTIFY_SOCKET": socket_name or self.path("notify")}
        if watchdog:
            env["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        return self.worker(*flags, env=env, **options)

    def test_ready_is_told_after_the_schema_was_looked_at_and_not_before(self):
        self.db.execute("CREATE TABLE something (x)")
        failing = self.service(url="http://127.0.0.1:1/k/postback")
        self.assertEqual(failing.wait(), 1)
        self.assertEqual(self.listener.lines(), [])
        self.init()
        self.service(url="http://127.0.0.1:1/k/postback")
        wait_until(lambda: "READY=1" in self.listener.lines(), what=lambda: f"READY=1 in {self.listener.lines()}")

    def test_ready_is_not_told_when_it_cannot_listen(self):
        self.init()
        receiver = self.receiver()
        failing = self.service("--listen", f"127.0.0.1:{receiver.port}", url=receiver.url)
        self.assertEqual(failing.wait(), 1)
        self.assertEqual(self.listener.lines(), [])

    def test_a_reload_and_a_stop_are_told(self):
        self.init()
        receiver = self.receiver()
        worker = self.service(url=receiver.url)
        wait_until(lambda: self.listener.times("READY=1"), what="it is ready")
        worker.signal(signal.SIGHUP)
        wait_until(lambda: len(self.listener.times("READY=1")) == 2, what="it is ready again")
        lines = self.listener.lines()
        reloading = lines.index("RELOADING=1")
        self.assertRegex(lines[reloading + 1], r"^MONOTONIC_USEC=\d+$")
        self.assertLess(reloading, len(lines) - 1 - lines[::-1].index("READY=1"))
        worker.terminate()
        wait_until(lambda: self.listener.times("STOPPING=1"), what="it stops")

    def test_stopping_is_told_while_requests_in_flight_still_end(self):
        self.init()
        answered = threading.Event()
        self.addCleanup(answered.set)
        receiver = self.receiver(lambda request: answered.wait(30) and Reply())
        worker = self.service(url=receiver.url)
        row = self.db.insert(subid="a", status="sale")
        wait_until(lambda: receiver.count() == 1, what="it is in flight")
        worker.signal(signal.SIGTERM)
        wait_until(lambda: self.listener.times("STOPPING=1"), what="it stops")
        self.assertTrue(worker.running())
        answered.set()
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(self.db.state(row), "delivered")

    def test_the_status_tells_the_depth_and_the_trouble(self):
        self.init()
        receiver = self.receiver(lambda request: Reply(503))
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(40)])
        self.service(*QUICK_RETRIES, url=receiver.url)
        wait_until(lambda: "40 pending" in (self.listener.status() or "") and "default fails for all" in self.listener.status(),
                   what=lambda: f"the status: {self.listener.status()}")
        self.ko("pause", "default", "--db", self.db_path)
        wait_until(lambda: "default is paused" in self.listener.status(), what=lambda: f"the status: {self.listener.status()}")
        self.assertTrue(self.listener.status().startswith("delivering; "))

    def test_the_watchdog_is_fed_while_idle_while_busy_and_while_standing_by(self):
        self.init()
        receiver = self.receiver(lambda request: Reply(delay=0.005))
        self.service(url=receiver.url, watchdog=0.6)
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(2000)])
        self.wait_for_states({"delivered": 2000}, timeout=60)
        second = self.listen(self.path("second"))
        self.service(url=receiver.url, watchdog=4.5, socket_name=self.path("second"))
        wait_until(lambda: len(second.times("WATCHDOG=1")) >= 2, what="the standby feeds it")
        fed = self.listener.times("WATCHDOG=1")
        gaps = [later - earlier for earlier, later in zip(fed, fed[1:])]
        self.assertGreaterEqual(len(fed), 5)
        self.assertLess(sorted(gaps)[int(len(gaps) * 0.9)], 0.6)

    def test_it_is_the_delivery_loop_that_feeds_the_watchdog(self):
        """Held up by a lock on the database, it does not, whatever the other threads do."""
        self.init()
        receiver = self.receiver()
        worker = self.service(url=receiver.url, watchdog=0.3)
        wait_until(lambda: self.listener.times("WATCHDOG=1"), what="it is fed")
        locker = sqlite3.connect(self.db_path, timeout=60, isolation_level=None)
        self.addCleanup(locker.close)
        self.db.insert(subid="a", status="sale")
        locker.execute("BEGIN IMMEDIATE")
        wait_until(lambda: time.monotonic() - self.listener.times("WATCHDOG=1")[-1] > 1.5,
                   what="the loop waits for the lock")
        locker.execute("ROLLBACK")
        count = len(self.listener.times("WATCHDOG=1"))
        wait_until(lambda: len(self.listener.times("WATCHDOG=1")) > count, what="it is fed again")
        self.assertTrue(worker.running())

    def test_an_abstract_socket_will_do_and_one_that_is_not_there_does_no_harm(self):
        self.init()
        receiver = self.receiver()
        name = f"keitaro-outbox-test-{os.getpid()}"
        listener = self.listen("\0" + name)
        worker = self.service(url=receiver.url, socket_name="@" + name)
        wait_until(lambda: "READY=1" in listener.lines(), what="it is ready")
        worker.terminate()
        for odd in ("/nowhere/notify", "neither", "/" + "x" * 300):
            worker = self.service(url=receiver.url, socket_name=odd)
            row = self.db.insert(subid=odd[:20], status="sale")
            self.wait_for_state(row, "delivered")
            self.assertEqual(worker.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
