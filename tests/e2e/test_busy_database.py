"""The database is the application's: its locks are waited for, its commits come first, and no outcome is lost meanwhile."""

import signal
import statistics
import threading
import time
import unittest

from harness import E2ETest, Database, wait_until
from receiver import Reply


class BusyDatabase(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def hold_write_lock(self):
        """Another connection in a writing transaction; gives the function that ends it."""
        holder = Database(self.db_path)
        self.addCleanup(holder.close)
        holder.execute("BEGIN IMMEDIATE")
        return lambda: holder.execute("COMMIT")

    def test_what_was_sent_while_the_database_was_locked_is_not_sent_again(self):
        receiver = self.receiver(lambda request: Reply(delay=0.4))
        self.worker(url=receiver.url)
        self.insert_clicks(40)
        wait_until(lambda: receiver.count() >= 20, what="requests are in flight")
        release = self.hold_write_lock()
        # Longer than any usual busy time-out: the answers come, and cannot be recorded.
        self.assert_stays(lambda: self.db.states()["delivered"] < 40, 7, "nothing can be recorded")
        release()
        self.wait_for_states({"delivered": 40})
        self.assertEqual(receiver.count(), 40)

    def test_a_stop_while_the_database_is_locked_loses_no_outcome(self):
        receiver = self.receiver(lambda request: Reply(delay=0.2))
        worker = self.worker("--grace", "20s", url=receiver.url)
        self.insert_clicks(30)
        wait_until(lambda: receiver.count() >= 30, what="requests are in flight")
        release = self.hold_write_lock()
        worker.signal(signal.SIGTERM)
        self.assert_stays(worker.running, 2, "it waits for the lock")
        release()
        self.assertEqual(worker.wait(), 0)
        self.assertEqual(self.db.states(), {"delivered": 30})
        self.worker(url=receiver.url)
        self.insert_clicks(1, "later")
        self.wait_for_states({"delivered": 31})
        self.assertEqual(receiver.count(), 31)

    def test_the_applications_commits_come_first(self):
        receiver = self.receiver()
        self.insert_clicks(3000)
        self.worker(url=receiver.url)
        wait_until(receiver.count, what="the worker is busy")
        latencies = []
        connection = Database(self.db_path)
        self.addCleanup(connection.close)
        number = 0
        while self.db.states()["pending"] and number < 400:
            begun = time.monotonic()
            connection.insert(subid=f"app{number}", status="lead")
            latencies.append(time.monotonic() - begun)
            number += 1
        print(f"{len(latencies)} commits beside the worker: median {statistics.median(latencies) * 1000:.1f} ms, "
              f"longest {max(latencies) * 1000:.0f} ms")
        self.assertLess(statistics.median(latencies), 0.25)
        self.assertLess(max(latencies), 5)
        self.wait_for_none_pending(60)

    def test_a_long_reader_holds_nothing_up(self):
        reader = Database(self.db_path)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        reader.all("SELECT count(*) FROM outbox")
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.insert_clicks(2000)
        self.wait_for_states({"delivered": 2000})
        self.assertEqual(reader.value("SELECT count(*) FROM outbox"), 0, "its snapshot")
        reader.execute("COMMIT")

    def test_an_application_that_checkpoints_and_vacuums_does_no_harm(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        total = 0
        for sql in ("PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "PRAGMA optimize", "PRAGMA wal_checkpoint(RESTART)", "ANALYZE"):
            self.insert_clicks(50, prefix=f"{total}-")
            total += 50
            result = self.shell(sql)
            self.assertEqual(result.code, 0, result)
            self.insert_clicks(50, prefix=f"{total}-")
            total += 50
        self.wait_for_states({"delivered": total})
        self.assertEqual(receiver.count(), total)
        self.assertTrue(worker.running())

    def test_an_exclusive_lock_at_the_start_is_waited_for(self):
        receiver = self.receiver()
        self.insert_clicks(1)
        release = self.hold_write_lock()
        timer = threading.Timer(3, release)
        timer.start()
        self.addCleanup(timer.join)
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 1})
        self.assertEqual(receiver.count(), 1)

    def test_an_application_that_keeps_the_file_to_itself_is_waited_for(self):
        receiver = self.receiver()
        self.insert_clicks(3)
        self.db.close()  # Nobody else can have it open then.
        self._database = None
        holder = Database(self.db_path)
        self.addCleanup(holder.close)
        for statement in ("PRAGMA locking_mode = EXCLUSIVE", "BEGIN IMMEDIATE", "COMMIT"):
            holder.execute(statement)
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, "set locking_mode = NORMAL")
        self.assertTrue(worker.running())
        holder.close()
        self.wait_for_states({"delivered": 3})
        self.assertEqual(receiver.count(), 3)
        self.assertNotIn("store_replaced", worker.stderr())


if __name__ == "__main__":
    unittest.main()
