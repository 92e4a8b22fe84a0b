"""--heartbeat: an address is requested for as long as the worker delivers and its database can be used."""

import sqlite3
import time
import unittest

from harness import E2ETest, wait_until
from receiver import Reply

SECRET = "s3cretOfTheHeartbeat"


class Heartbeat(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.monitor = self.receiver(key=SECRET)
        self.url = f"http://127.0.0.1:{self.monitor.port}/ping/{SECRET}?token={SECRET}"

    def beating(self, *flags, interval="1s", **options):
        options.setdefault("url", "http://127.0.0.1:1/k/postback")
        return self.worker("--heartbeat", self.url, "--heartbeat-interval", interval, *flags, **options)

    def assert_secret_kept(self, worker):
        self.assertNotIn(SECRET, worker.output())

    def test_it_beats_at_its_interval_and_not_more(self):
        begun = time.monotonic()
        worker = self.beating()
        wait_until(lambda: self.monitor.count() >= 3, what="three beats")
        first, _, third = self.monitor.seen()[:3]
        # Two intervals after the start at the earliest; on a busy machine each may be told of late.
        self.assertGreater(third.at - begun, 1.9)
        self.assertEqual((first.method, first.target), ("GET", f"/ping/{SECRET}?token={SECRET}"))
        told = [line for line in worker.stderr().splitlines() if "heartbeat" in line and "no answer within" not in line and "recovered" not in line]
        self.assertEqual(told, [])
        self.assertEqual(worker.terminate(), 0)
        self.assert_secret_kept(worker)

    def test_it_beats_from_the_configuration_too(self):
        receiver = self.receiver()
        config = self.write("outbox.toml", f'heartbeat = "http://127.0.0.1:{self.monitor.port}/${{BEAT}}"\n'
                            f'heartbeat_interval = "30s"\n[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n')
        self.worker("--config", config, env={"BEAT": SECRET})
        wait_until(lambda: self.monitor.count() == 1, what="the first beat comes at once")

    def test_a_standby_and_a_worker_without_a_database_keep_quiet(self):
        self.beating(name="first")
        wait_until(lambda: self.monitor.count() >= 1, what="the first beats")
        locker = sqlite3.connect(self.db_path, timeout=60, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        self.db.execute("PRAGMA query_only = ON")
        receiver = self.receiver()
        standby = self.worker("--heartbeat", receiver.url, "--heartbeat-interval", "1s", url=receiver.url)
        self.wait_for_line(standby, "standing_by")
        self.assert_stays(lambda: receiver.count() == 0, 1.5, "the standby keeps quiet")
        locker.execute("ROLLBACK")

    def test_it_stays_out_while_the_database_is_locked(self):
        receiver = self.receiver()
        worker = self.beating(url=receiver.url)
        wait_until(lambda: self.monitor.count() >= 1, what="it beats")
        self.db.insert(subid="a", status="sale")
        self.wait_for_states({"delivered": 1})
        locker = sqlite3.connect(self.db_path, timeout=60, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        locker.execute("INSERT INTO outbox (subid, status) VALUES ('b', 'sale')")
        locker.execute("COMMIT")
        locker.execute("BEGIN IMMEDIATE")
        self.wait_for_line(worker, "store_trouble")
        count = self.monitor.count()
        self.assert_stays(lambda: self.monitor.count() <= count + 1, 1.8, "at most the beat that was under way")
        locker.execute("ROLLBACK")
        wait_until(lambda: self.monitor.count() >= count + 2, what="it beats again")

    def test_failures_are_told_once_and_so_is_their_end(self):
        broken = [True]
        self.monitor.answer = lambda request: Reply(500 if broken[0] else 200, SECRET.encode())
        worker = self.beating()
        wait_until(lambda: self.monitor.count() >= 3, what="three failures")
        broken[0] = False
        self.wait_for_line(worker, "heartbeat_recovered")
        self.assertEqual(worker.stderr().count("heartbeat_failed"), 1)
        self.assertIn('heartbeat_failed reason="HTTP 500" failures=1', worker.stderr())
        self.assert_secret_kept(worker)

    def test_nobody_there_is_told_without_the_address(self):
        self.monitor.stop()
        worker = self.beating()
        self.wait_for_line(worker, "heartbeat_failed")
        self.assert_secret_kept(worker)

    def test_a_stop_does_not_wait_for_an_answer(self):
        self.monitor.answer = lambda request: Reply(then="hang")
        worker = self.beating(interval="60s")
        wait_until(lambda: self.monitor.count() == 1, what="the beat is under way")
        begun = time.monotonic()
        self.assertEqual(worker.terminate(), 0)
        self.assertLess(time.monotonic() - begun, 5)

    def test_an_address_that_is_none_is_one_line_without_it(self):
        for url in (f"ftp://h/{SECRET}", f"https://h/{SECRET} x"):
            result = self.ko("run", "--db", self.db_path, "--to", "http://127.0.0.1:1/k/postback", "--heartbeat", url)
            self.assertEqual(result.code, 2)
            self.assert_one_line(result.err)
            self.assertNotIn(SECRET, result.err)


if __name__ == "__main__":
    unittest.main()
