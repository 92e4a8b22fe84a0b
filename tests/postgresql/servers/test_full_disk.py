"""The disk of the server runs full while a worker delivers: nothing is lost or sent twice, and it goes on when there is room."""

import os
import subprocess
import tempfile
import unittest

import cluster
from harness import wait_until
from outbox_test import OutboxTest
from pg_database import psql
from receiver import Reply

SETTINGS = cluster.SETTINGS.replace("synchronous_commit = off", "synchronous_commit = on") + """
shared_buffers = 8MB
min_wal_size = 32MB
max_wal_size = 32MB
"""
ROWS = 1500
LONG = 90  # seconds, for a busy machine


def why_not():
    if os.geteuid() != 0:
        return "needs root, to make a small file system"
    with tempfile.TemporaryDirectory() as folder:
        if subprocess.run(["mount", "-t", "tmpfs", "none", folder], stderr=subprocess.DEVNULL, check=False).returncode:
            return "this root may not mount a file system"
        subprocess.run(["umount", folder], check=True)
    return ""


@unittest.skipIf(why_not(), why_not())
class FullDisk(OutboxTest):
    def database(self):
        folder = tempfile.mkdtemp(prefix="keitaro-outbox-full-")
        self.addCleanup(os.rmdir, folder)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=120m", "none", folder], check=True)
        self.addCleanup(subprocess.run, ["umount", "--lazy", folder], check=True)
        self.server = cluster.Cluster(os.path.join(folder, "server"), settings=SETTINGS)
        self.server.folder.mkdir()
        self.addCleanup(self.server.remove)
        self.server.create().start()
        self.ballast = os.path.join(folder, "ballast")
        return self

    # What OutboxTest needs of a database.
    def url(self):
        return self.server.url()

    def sql(self, *statements):
        return psql(self.url(), "-1", text=";\n".join(statements))

    def fill(self):
        with open(self.ballast, "wb", buffering=0) as file:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        file.write(bytes(size))
                except OSError:
                    pass

    def test_delivery_stops_without_harm_and_goes_on_when_there_is_room(self):
        receiver = self.receiver(lambda request: Reply(delay=0.01))
        self.insert_clicks(ROWS // 3, rows_each=3)
        worker = self.worker("--concurrency", "16", url=receiver.url)
        wait_until(lambda: receiver.count() > 50, what="it delivers")
        self.fill()
        self.wait_for_line(worker, "store_trouble", timeout=LONG)
        self.assertRegex(worker.stderr(), "store_trouble.*(free some space|cannot be reached)")
        count = receiver.count()
        self.assertLess(count, ROWS)
        self.assert_stays(lambda: receiver.count() <= count + 64, 2, "while nothing can be recorded, nothing new is sent")
        os.remove(self.ballast)
        if not self.server.runs():
            self.server.start()  # As whatever looks after a server does, where it could not even write its log.
        self.wait_for_states({"delivered": ROWS}, timeout=LONG)
        self.assertIn("store_recovered", worker.stderr())
        self.assert_in_order(receiver)
        self.assertEqual(len({(request.subid, request.params["status"]) for request in receiver.seen()}), ROWS)
        self.assertEqual(receiver.count(), ROWS, "what was answered is kept until it is recorded")
        self.assertTrue(worker.running())


if __name__ == "__main__":
    unittest.main()
