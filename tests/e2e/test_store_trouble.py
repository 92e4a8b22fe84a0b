"""A full disk, a file that cannot be written, a damaged one, a lock held for long: one clear line, no spin, no loss, no second send,
and it goes on by itself where that is possible."""

import errno
import os
import subprocess
import time
import unittest

from harness import BUILD_DIR, COMMAND, SANITIZED, E2ETest, Database, run_command, wait_until
from receiver import Reply
from test_idle import cpu_seconds

SHIM = os.path.join(BUILD_DIR, "tests", "libdisk.so")
NOBODY = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


class StoreTrouble(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def troubles(self, worker):
        return [line for line in worker.stderr().splitlines() if " error store_trouble " in line]

    def go_through(self, worker, receiver, begin, end, says, seconds=2.0):
        """Rows are in flight when the trouble begins: their answers come, and are recorded when it ends."""
        self.insert_clicks(30)
        wait_until(lambda: receiver.count() == 30, what="they are in flight")
        begin()
        wait_until(lambda: self.troubles(worker), 20, lambda: f"it is told: {worker.stderr()[-500:]}")
        before, begun = cpu_seconds(worker.pid), time.monotonic()
        self.assert_stays(lambda: receiver.count() == 30, seconds, "nothing is sent twice")
        share = (cpu_seconds(worker.pid) - before) / (time.monotonic() - begun)
        (line,) = self.troubles(worker)
        self.assertIn(says, line)
        print(f"{share * 100:.1f} % of a core meanwhile; {line.split('error=')[1]}")
        self.assertLess(share, 0.15)
        ended = time.monotonic()
        end()
        self.wait_for_states({"delivered": 30})
        self.wait_for_line(worker, "store_recovered")
        print(f"recorded {time.monotonic() - ended:.1f} s after its end")
        # Where it ends between a failure and the look for its cause, that one has no cause any more.
        self.assertEqual(len([line for line in self.troubles(worker) if says in line]), 1, "told when it starts, and not again and again")
        self.db.insert(subid="later", status="lead")
        self.wait_for_states({"delivered": 31})
        self.assertEqual(receiver.count(), 31)
        self.assertEqual(self.db.value("PRAGMA integrity_check"), "ok")

    def slow_receiver(self):
        return self.receiver(lambda request: Reply(delay=0.0 if request.subid == "later" else 0.6))

    def test_an_application_holds_its_write_transaction_for_long(self):
        receiver = self.slow_receiver()
        worker = self.worker(url=receiver.url)
        holder = Database(self.db_path)
        self.addCleanup(holder.close)
        self.go_through(worker, receiver, lambda: holder.execute("BEGIN IMMEDIATE"), lambda: holder.execute("COMMIT"), "is locked")

    def fail_writes(self, number, says):
        if SANITIZED:
            self.skipTest("a preloaded library must not come before the sanitizer's")
        self.assertTrue(os.path.exists(SHIM), f"{SHIM} is built with the tests")
        trouble = self.path("trouble")
        receiver = self.slow_receiver()
        worker = self.worker(url=receiver.url, env={"LD_PRELOAD": SHIM, "DISK_TROUBLE": trouble})
        self.wait_for_line(worker, " info tracker ")
        self.go_through(worker, receiver, lambda: self.write("trouble", str(number)), lambda: os.remove(trouble), says)

    def test_a_disk_that_is_full_for_the_worker(self):
        self.fail_writes(errno.ENOSPC, "the disk is full")

    def test_a_file_system_that_has_turned_read_only(self):
        self.fail_writes(errno.EROFS, "cannot be written")

    def test_a_disk_that_fails(self):
        self.fail_writes(errno.EIO, "the disk or the file system failed")

    def test_a_damaged_file_is_told_and_not_sent_from(self):
        root = self.db.value("SELECT rootpage FROM sqlite_schema WHERE name = 'outbox_ready'")
        size = self.db.value("PRAGMA page_size")
        self.insert_clicks(5)
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()
        self._database = None
        with open(self.db_path, "r+b") as file:
            file.seek((root - 1) * size)
            file.write(b"\xa5" * size)
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        wait_until(lambda: self.troubles(worker), what="it is told")
        before = cpu_seconds(worker.pid)
        self.assert_stays(lambda: receiver.count() == 0 and worker.running(), 2, "nothing is sent")
        self.assertLess((cpu_seconds(worker.pid) - before) / 2, 0.1)
        (line,) = self.troubles(worker)
        self.assertIn("is damaged", line)
        self.assertIn("PRAGMA integrity_check", line)
        self.assertEqual(worker.terminate(timeout=10), 0)
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "1s")
        self.assertEqual(result.code, 4, result)

    def as_nobody(self, *args):
        if os.geteuid() != 0:
            return run_command([COMMAND, *args])
        os.chmod(self.folder, 0o755)
        return run_command([*NOBODY, COMMAND, *args])

    def test_at_the_start_a_file_or_folder_that_cannot_be_written_says_what_to_do(self):
        os.chmod(self.db_path, 0o444)
        os.chmod(self.folder, 0o555)
        for verb in ("run", "drain"):
            result = self.as_nobody(verb, "--db", self.db_path, "--to", "http://127.0.0.1:9/k/postback", "--allow-private")
            self.assertEqual(result.code, 1, result)
            self.assert_one_line(result.err)
            self.assertIn("check the permissions and the owner of the file", result.err)
        os.chmod(self.folder, 0o755)

    def test_a_limit_of_file_sizes_is_an_error_and_no_signal(self):
        path = self.path("limited.db")
        result = run_command(["/bin/sh", "-c", 'ulimit -f 8; exec "$0" init --db "$1"', COMMAND, path])
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("ulimit -f", result.err)


class FullDisk(E2ETest):
    """The disk is really full, where the test may mount one."""

    def setUp(self):
        super().setUp()
        self.disk = self.path("disk")
        os.mkdir(self.disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", self.disk], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a file system")
        # After everything that was started has ended.
        self._cleanups.insert(0, (subprocess.run, (["umount", "-l", self.disk],), {"check": False}))
        self.db_path = os.path.join(self.disk, "app.db")
        self.init()

    def fill(self):
        with open(os.path.join(self.disk, "filler"), "ab", buffering=0) as file:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass

    def free(self):
        os.remove(os.path.join(self.disk, "filler"))

    def test_what_was_sent_is_recorded_once_there_is_space(self):
        receiver = self.receiver(lambda request: Reply(delay=0.6))
        worker = self.worker(url=receiver.url)
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(30)])
        wait_until(lambda: receiver.count() == 30, what="they are in flight")
        self.fill()
        self.wait_for_line(worker, "the disk is full")
        self.assert_stays(lambda: receiver.count() == 30 and worker.running(), 2, "nothing is sent twice")
        self.assertEqual(worker.stderr().count(" error store_trouble "), 1)
        self.free()
        self.wait_for_states({"delivered": 30})
        self.assertEqual(receiver.count(), 30)

    def test_a_start_without_room_for_what_it_must_remember_sends_nothing(self):
        receiver = self.receiver()
        self.db.insert_many(("subid", "status", "tid"), [(f"c{n}", "rebill", "t") for n in range(40)])
        self.fill()
        # Enough to open the database and to begin its log, too little for the lock file.
        os.truncate(os.path.join(self.disk, "filler"), os.path.getsize(os.path.join(self.disk, "filler")) - 120 * 1024)
        for _ in range(2):
            worker = self.worker(url=receiver.url)
            self.wait_for_line(worker, "nothing is sent while outcomes cannot be recorded")
            worker.terminate()
        self.assertEqual(receiver.count(), 0)
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, "nothing is sent while outcomes cannot be recorded")
        self.free()
        self.wait_for_states({"delivered": 40})
        self.assertEqual(receiver.count(), 40)

    def test_a_start_with_the_disk_full_says_so(self):
        self.db.close()
        self._database = None
        self.fill()
        result = self.ko("drain", "--db", self.db_path, "--to", "http://127.0.0.1:9/k/postback", "--allow-private")
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("the disk is full", result.err)
        self.free()
        result = self.ko("drain", "--db", self.db_path, "--to", "http://127.0.0.1:9/k/postback", "--allow-private")
        self.assertEqual(result.code, 0, result)


if __name__ == "__main__":
    unittest.main()
