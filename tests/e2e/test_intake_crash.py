"""`kill -9` of the front door under load, two front doors on one file, a full disk: each 200 is a row, and no event is one twice."""

import http.client
import os
import socket
import subprocess
import threading
import time
import unittest

from front_door import SOURCE_KEY, FrontDoorTest
from harness import wait_until
from metrics_page import get

# The whole of it takes a minute; a part is enough each time.
REQUESTS = int(os.environ.get("KEITARO_OUTBOX_INTAKE_REQUESTS", "3000"))
CLIENTS = 64


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Load:
    """Clients that call each number once, and call a part of them a second time, as senders do. None tries again what failed."""

    def __init__(self, ports, requests):
        self.ports = ports
        self.taken = set()
        self.answers = {}
        self._lock = threading.Lock()
        self._numbers = iter([n for number in range(requests) for n in ([number, number] if number % 10 == 0 else [number])])
        self._threads = [threading.Thread(target=self._run, args=(client,), daemon=True) for client in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def _next(self):
        with self._lock:
            return next(self._numbers, None)

    def _run(self, client):
        connection = None
        try:
            while (number := self._next()) is not None:
                connection = connection or self._connected(client)
                if not self._call(connection, number):
                    connection.close()
                    connection = None
        finally:
            if connection is not None:
                connection.close()

    def _connected(self, client):
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.ports[client % len(self.ports)], timeout=60)
            try:
                connection.connect()
                return connection
            except OSError:
                connection.close()
                time.sleep(0.01)  # It is being started again.

    def _call(self, connection, number):
        """False where it was lost without an answer: this sender does not call again."""
        try:
            connection.request("GET", f"/{SOURCE_KEY}/postback?subid=c{number}&status=lead&n={number}")
            answer = connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            return False
        with self._lock:
            self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
            if answer.status == 200:
                self.taken.add(number)
        return True

    def done(self):
        return not any(thread.is_alive() for thread in self._threads)

    def progress(self):
        with self._lock:
            return sum(self.answers.values())


class Kill(FrontDoorTest):
    def config_on(self, port, name):
        return self.write(name, f'''[intake]
listen = "127.0.0.1:{port}"
trusted_proxies = ["127.0.0.1"]
spool = true
[[source]]
name = "net"
key = "{SOURCE_KEY}"
event_id = "{{n}}"
''')

    def assert_each_200_is_one_row(self, load):
        kept = {int(event.split(":")[1]) for (event,) in self.db.all("SELECT event_id FROM outbox")}
        self.assertEqual(load.taken - kept, set(), "answered with 200 and lost")
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), len(kept))
        self.assertEqual(self.db.value("PRAGMA integrity_check"), "ok")
        print(f"{load.progress()} answered {load.answers}, {len(kept)} rows")

    def test_each_200_is_a_row_however_often_it_is_killed(self):
        port = free_port()
        config = self.config_on(port, "door.toml")
        process, _ = self.open(config)
        load = Load([port], REQUESTS)
        for kill in range(1, 7):
            goal = kill * REQUESTS // 8
            wait_until(lambda g=goal: load.progress() >= g or load.done(), 120, "progress", step=0.002)
            process.kill()
            process, _ = self.open(config)
        wait_until(load.done, 120, "all have called", step=0.05)
        self.assertEqual(self.call(port, "subid=last&n=last")[0], 200)
        self.db.execute("DELETE FROM outbox WHERE event_id = 'net:last'")
        self.assert_each_200_is_one_row(load)
        self.assertGreater(len(load.taken), REQUESTS // 2)

    def test_two_front_doors_and_a_worker_share_one_file(self):
        receiver = self.receiver()
        ports = [free_port(), free_port()]
        first, _ = self.open(self.config_on(ports[0], "one.toml"))
        second, _ = self.open(self.config_on(ports[1], "two.toml"))
        worker = self.worker(url=receiver.url)
        load = Load(ports, REQUESTS // 2)
        wait_until(lambda: load.progress() >= REQUESTS // 8 or load.done(), 120, "progress", step=0.002)
        first.kill()
        first, _ = self.open(self.config_on(ports[0], "one.toml"))
        wait_until(load.done, 180, "all have called", step=0.05)
        for port in ports:
            self.assertEqual(self.call(port, f"subid=last&n={10**9 + port}")[0], 200)
        self.wait_for_none_pending(timeout=120)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE state NOT IN ('delivered', 'duplicate')"), 0)
        self.assert_each_200_is_one_row(load)
        for process in (first, second, worker):
            self.assertEqual(process.terminate(), 0)


class FullDisk(FrontDoorTest):
    def setUp(self):
        super().setUp()
        disk = self.path("disk")
        os.mkdir(disk)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk], capture_output=True, check=False)
        if mounted.returncode != 0:
            self.skipTest("no right to mount a file system")
        # After everything that was started has ended.
        self._cleanups.insert(0, (subprocess.run, (["umount", "-l", disk],), {"check": False}))
        self.disk = disk
        self.db_path = os.path.join(disk, "app.db")
        self.init()

    def test_nothing_is_said_to_be_kept_that_is_not(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.assertEqual(self.call(port, "subid=before")[0], 200)
        taken = ["before"]
        with open(os.path.join(self.disk, "filler"), "ab", buffering=0) as file:
            for size in (65536, 4096, 512, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
        refused = 0
        for number in range(200):
            subid = f"c{number}" + "x" * 200
            status = self.call(port, f"subid={subid}")[0]
            self.assertIn(status, (200, 503))
            if status == 200:
                taken.append(subid)
            else:
                refused += 1
        self.assertGreater(refused, 0)
        os.remove(os.path.join(self.disk, "filler"))
        self.assertEqual(self.call(port, "subid=after")[0], 200)
        taken.append("after")
        self.assertEqual([subid for (subid,) in self.rows("subid")], taken, "all of them, in their order")
        self.assertIn("the disk is full", process.stderr())
        self.assertEqual(process.terminate(), 0)


class SlowClients(FrontDoorTest):
    def held(self, port, count, sent=b""):
        sockets = []
        for _ in range(count):
            held = socket.create_connection(("127.0.0.1", port), timeout=30)
            self.addCleanup(held.close)
            held.sendall(sent)
            sockets.append(held)
        return sockets

    def test_health_is_told_at_once_behind_silent_and_dripping_clients(self):
        receiver = self.receiver()
        worker = self.worker("--listen", "127.0.0.1:0", url=receiver.url)
        base = self.listening(worker)
        port = int(base.rsplit(":", 1)[1])
        self.held(port, 20)
        self.held(port, 20, b"GET /healthz HTTP/1.1\r\nHost: h\r\nX-Drip: ")
        begun = time.monotonic()
        self.assertEqual(get(base + "/healthz").code, 200)
        print(f"/healthz after {(time.monotonic() - begun) * 1000:.1f} ms")
        # Before any of the others' time was up.
        self.assertLess(time.monotonic() - begun, 4)

    def test_a_flood_of_connections_takes_delivery_no_descriptors(self):
        receiver = self.receiver()
        worker = self.worker("--listen", "127.0.0.1:0", url=receiver.url)
        base = self.listening(worker)
        self.held(int(base.rsplit(":", 1)[1]), 900)
        self.assertLess(len(os.listdir(f"/proc/{worker.pid}/fd")), 300)
        self.insert_clicks(50)
        self.wait_for_states({"delivered": 50})
        self.assertEqual(get(base + "/healthz").code, 200)

    def test_an_honest_caller_is_served_beside_slow_ones(self):
        _, port = self.open(self.configure(intake='trusted_proxies = ["127.0.0.1"]'))
        self.held(port, 250, b"GET /")
        self.held(port, 250, b"POST /x/postback HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123")
        for number in range(20):
            self.assertEqual(self.call(port, f"subid=c{number}")[0], 200)
        self.assertEqual(len(self.rows()), 20)


if __name__ == "__main__":
    unittest.main()
