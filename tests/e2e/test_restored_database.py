"""A database that was restored from an older copy is recognised: nothing is sent until the operator says so."""

import os
import re
import shutil
import signal
import time
import unittest
import urllib.request

from copied_database import CopiedDatabase
from harness import COMMAND, wait_until
from receiver import Reply
from test_idle import cpu_seconds

OLDER = "is an older copy"


class RestoredDatabase(CopiedDatabase):
    def put_back(self):
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.remove(self.db_path + suffix)
        shutil.copy(self.copy, self.db_path)

    def deliver_then_restore(self, receiver):
        """Two rows are delivered, of which the copy that is put back knows one as pending."""
        self.insert("one")
        self.drain(receiver)
        self.insert("two")
        self.take_copy()
        self.drain(receiver)
        self.put_back()
        self.assertEqual(self.file_states(), {"delivered": 1, "pending": 1})

    def lines(self, worker, text):
        return [line for line in worker.stderr().splitlines() if text in line and " error " in line]

    def test_a_worker_waits_and_says_so_once_and_takes_no_cpu(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, OLDER)
        (line,) = self.lines(worker, OLDER)
        self.assertIn("1 group of outcomes that was recorded here is missing", line)
        self.assertIn("--resume-restored", line)
        self.insert("three")
        before = cpu_seconds(worker.pid)
        self.assert_stays(lambda: receiver.count() == 2, 3, "nothing more is sent")
        share = (cpu_seconds(worker.pid) - before) / 3
        print(f"while it waits: {share * 100:.1f} % of a core")
        self.assertLess(share, 0.05)
        self.assertEqual(len(self.lines(worker, OLDER)), 1)
        self.assertEqual(worker.terminate(timeout=10), 0)

    def test_its_metrics_say_that_nothing_is_delivered(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        worker = self.worker("--listen", "127.0.0.1:0", url=receiver.url)
        address = self.listening(worker)
        self.wait_for_line(worker, OLDER)

        def delivering():
            with urllib.request.urlopen(address + "/metrics", timeout=30) as answer:
                return re.search(r'^keitaro_outbox_delivering\{database="app.db"\} (\d)$', answer.read().decode(), re.MULTILINE).group(1)
        self.assertEqual(delivering(), "0")

    def test_drain_fails_with_the_line_and_status_and_check_say_it_too(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        result = self.drain(receiver, "--log-level", "error", code=1)
        self.assert_one_line(result.err)
        self.assertIn(OLDER, result.err)
        self.assertIn(OLDER, self.ko("status", "--db", self.db_path).out)
        self.assertIn(OLDER, self.ko("explain", "2", "--db", self.db_path).out)
        self.assertEqual(self.ko_json("status", "--db", self.db_path)["groups_missing"], 1)
        watch = self.start("watch", [COMMAND, "status", "--watch", "--db", self.db_path])
        wait_until(lambda: OLDER in watch.output(), what="it is said")
        self.assertEqual(watch.terminate(timeout=10), 0)
        check = self.ko("check", "--db", self.db_path, "--offline", "--to", receiver.url, "--allow-private")
        self.assertEqual(check.code, 1)
        self.assertRegex(check.out, rf"FAIL +database: .*{OLDER}")
        self.assertEqual(receiver.count(), 2)

    def test_the_operator_accepts_the_copy_and_what_he_cancelled_is_not_sent(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        self.insert("three")
        self.assertEqual(self.ko("cancel", "--db", self.db_path, "--id", "2").code, 0)
        result = self.drain(receiver, "--resume-restored")
        self.assertIn("resumed_restored groups_missing=1", result.err)
        self.assertEqual([r.subid for r in receiver.seen()], ["one", "two", "three"])
        self.assertNotIn(OLDER, self.ko("status", "--db", self.db_path).out)
        self.insert("four")
        self.drain(receiver)  # Once is enough.

    def test_run_accepts_the_copy_too(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        self.worker("--resume-restored", url=receiver.url)
        self.wait_for_file_states({"delivered": 2})
        self.assertEqual([r.subid for r in receiver.seen()], ["one", "two", "two"])

    def test_drain_beside_a_worker_that_waits_does_not_wait_too(self):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        waiting = self.worker(url=receiver.url)
        self.wait_for_line(waiting, OLDER)
        result = self.drain(receiver, "--log-level", "warn", code=1)
        self.assert_one_line(result.err)
        self.assertIn(OLDER, result.err)
        self.assertIn("--resume-restored", result.err)
        self.assertEqual(receiver.count(), 2)

    def assert_goes_on_when_the_one_that_waits_is_stopped(self, verb):
        receiver = self.receiver()
        self.deliver_then_restore(receiver)
        waiting = self.worker(url=receiver.url)
        self.wait_for_line(waiting, OLDER)
        accepting = self.quiet_worker(verb, receiver, "--resume-restored")
        self.wait_for_line(accepting, "long_wait")
        self.assert_one_line(accepting.stderr())
        self.assertIn("stop that worker", accepting.stderr())
        self.assertEqual(waiting.terminate(timeout=10), 0)
        self.wait_for_file_states({"delivered": 2})
        self.assertEqual([r.subid for r in receiver.seen()], ["one", "two", "two"])
        self.assertNotIn("still pending", accepting.stderr())

    def test_a_drain_that_accepts_the_copy_says_that_it_waits_for_another_worker(self):
        self.assert_goes_on_when_the_one_that_waits_is_stopped("drain")

    def test_a_run_that_accepts_the_copy_says_that_it_waits_for_another_worker(self):
        self.assert_goes_on_when_the_one_that_waits_is_stopped("run")

    def test_the_newer_file_put_back_is_gone_on_with_by_itself(self):
        receiver = self.receiver()
        self.insert("one")
        self.drain(receiver)
        self.take_copy()
        self.insert("two")
        self.drain(receiver)
        newer = self.path("newer.db")
        self.assertEqual(self.shell(f".backup {newer}").code, 0)
        self.put_back()
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, OLDER)
        os.rename(newer, self.db_path)
        self.wait_for_line(worker, "store_recovered")
        self.insert("three")
        wait_until(lambda: receiver.count() == 3, what="it delivers again")
        self.wait_for_file_states({"delivered": 3})

    def test_an_older_copy_moved_into_its_place_is_noticed_within_a_second(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert("one")
        self.wait_for_file_states({"delivered": 1})
        self.insert_pending_copy(worker, receiver)
        begun = time.monotonic()
        os.rename(self.copy, self.db_path)
        self.wait_for_line(worker, OLDER)
        print(f"noticed after {(time.monotonic() - begun) * 1000:.0f} ms")
        self.assertLess(time.monotonic() - begun, 2)
        self.assert_stays(lambda: receiver.count() == 2, 1, "what is pending in the copy is not sent")
        self.assertEqual(worker.terminate(timeout=15), 0)

    def test_an_older_copy_restored_by_the_shell_is_noticed(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert("one")
        self.wait_for_file_states({"delivered": 1})
        self.insert_pending_copy(worker, receiver)
        self.assertEqual(self.shell(f".restore {self.copy}").code, 0)
        self.wait_for_line(worker, OLDER)
        self.assert_stays(lambda: receiver.count() == 2, 1, "what is pending in the copy is not sent")

    def insert_pending_copy(self, worker, receiver):
        """A copy that has a row pending which the worker delivers meanwhile."""
        worker.signal(signal.SIGSTOP)
        self.insert("two")
        self.take_copy()
        worker.signal(signal.SIGCONT)
        wait_until(lambda: receiver.count() == 2, what="the row is sent")
        self.wait_for_file_states({"delivered": 2})

    def test_a_log_deleted_by_hand_is_recognised(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert("one", "two")
        self.wait_for_file_states({"delivered": 2})
        worker.kill()
        # What the log held is lost: the rows too, as nobody has moved them into the file.
        for suffix in ("-wal", "-shm"):
            os.remove(self.db_path + suffix)
        result = self.drain(receiver, "--log-level", "error", code=1)
        self.assertIn(OLDER, result.err)

    def test_workers_that_are_killed_are_never_taken_for_a_restored_copy(self):
        receiver = self.receiver(lambda request: Reply(delay=0.002))
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(600)])
        for number in range(6):
            worker = self.worker(url=receiver.url)
            goal = 60 * (number + 1)
            wait_until(lambda g=goal: receiver.count() >= g, what="it delivers", step=0.003)
            worker.kill()
        last = self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 600})
        self.assertNotIn(OLDER, last.stderr())

    def test_a_file_beside_it_that_cannot_be_understood_is_no_trouble(self):
        receiver = self.receiver()
        lock = self.db_path + "-outbox-lock"
        for number, content in enumerate((b"", b"x", os.urandom(3000), os.urandom(9000))):
            with open(lock, "wb") as file:
                file.write(content)
            self.insert(f"c{number}")
            self.drain(receiver)
            self.assertEqual(receiver.count(), number + 1)
            self.assertEqual(self.ko("status", "--db", self.db_path).code, 0)
        with open(lock, "rb") as file:
            self.assertEqual(file.read(8), b"koutbox1", "from now on it is one")

    def test_another_database_at_the_same_path_is_a_new_one(self):
        receiver = self.receiver()
        self.insert("one", "two")
        self.drain(receiver)
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.remove(self.db_path + suffix)
        self.init()
        self.insert("three")
        self.drain(receiver)
        self.assertEqual(sorted(r.subid for r in receiver.seen()), ["one", "three", "two"])


if __name__ == "__main__":
    unittest.main()
