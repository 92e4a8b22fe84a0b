"""A tracker, or whoever stands between, that answers with the worst it can: memory and time stay bounded, others are served."""

import gzip
import socket
import threading
import unittest

from harness import KEY, SANITIZED, E2ETest, wait_until

MOST_MEMORY_KB = 80_000
ROWS = 8  # In flight at once, each with an answer of its own.


class Pourer:
    """Answers each connection's first request with pieces from `pieces()`, an endless generator of bytes, as fast as they are taken."""

    def __init__(self, pieces):
        self.poured = 0
        self.connections = 0
        self._pieces = pieces
        self._stop = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/{KEY}/postback"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self._stop.set()
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pour, args=(connection,), daemon=True).start()

    def _pour(self, connection):
        self.connections += 1
        with connection:
            connection.settimeout(30)
            try:
                connection.recv(65536)
                for piece in self._pieces(self._stop):
                    if self._stop.is_set():
                        return
                    connection.sendall(piece)
                    self.poured += len(piece)
            except OSError:
                pass


def endless(head, piece):
    def pieces(_stop):
        yield head
        while True:
            yield piece

    return pieces


def drip(head, piece):
    def pieces(stop):
        yield head
        while not stop.wait(0.05):
            yield piece

    return pieces


OK = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(50_000_000))

# What is poured, and what the rows are then: delivered where a whole head said 200.
ANSWERS = {
    "a body of 10 GB": (endless(OK + b"Content-Length: 10000000000\r\n\r\n", bytes(65536)), "delivered"),
    "a body without an end": (endless(OK + b"\r\n", b"x" * 65536), "delivered"),
    "chunks without an end": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n"), "delivered"),
    "chunk sizes without an end": (endless(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"x" * 65536), "delivered"),
    "a compressed bomb": (endless(OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB), "delivered"),
    "headers without an end": (endless(OK, b"X-Header: " + b"x" * 1000 + b"\r\n"), "delivered"),
    "cookies without an end": (endless(OK, b"Set-Cookie: a=b\r\n" * 1000), "delivered"),
    "one header without an end": (endless(OK + b"X-Header: ", b"x" * 65536), "delivered"),
    "interim responses without an end": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "pending"),
    "no line end at all": (endless(b"HTTP/1.1 200 ", b"x" * 65536), "pending"),
    "zeros": (endless(b"", bytes(65536)), "pending"),
    "a body that drips for ever": (drip(OK + b"\r\n", b"x"), "delivered"),
    "headers that drip for ever": (drip(OK, b"X: y\r\n"), "pending"),
    "a status line that drips for ever": (drip(b"", b"H"), "pending"),
    "nothing, for ever": (drip(b"", b""), "pending"),
}


class HostileAnswers(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def memory_kb(self, worker):
        with open(f"/proc/{worker.pid}/status", encoding="ascii") as file:
            return int(next(line for line in file if line.startswith("VmHWM")).split()[1])

    def test_no_answer_takes_memory_or_time_or_the_turn_of_others(self):
        receiver = self.receiver()
        tables = [f'[[tracker]]\nname = "good"\nurl = "{receiver.url}"\nallow_private = true\n']
        pourers = []
        for number, (pieces, _) in enumerate(ANSWERS.values()):
            pourers.append(Pourer(pieces))
            self.addCleanup(pourers[-1].stop)
            tables.append(f'[[tracker]]\nname = "t{number}"\nurl = "{pourers[-1].url}"\nallow_private = true\nrequest_timeout = "1s"\n'
                          'retry_first_delay = "100ms"\nretry_max_delay = "1s"\nmax_attempts = 1000\n')
        self.db.insert_many(("tracker", "subid", "status"),
                            [(f"t{number}", f"s{n}", "sale") for n in range(ROWS) for number in range(len(ANSWERS))])
        worker = self.worker("--config", self.write("many.toml", "".join(tables)))
        row = self.db.insert(tracker="good", subid="good", status="sale")
        self.wait_for_state(row, "delivered", timeout=60)

        # On a busy machine a second may pass before a head is read; then the row is tried again. Of the others none is ever delivered.
        expected = {f"t{number}": state for number, (_, state) in enumerate(ANSWERS.values())}

        def open_rows():
            rows = self.db.all("SELECT tracker, state, attempts, reason FROM outbox WHERE state = 'pending'")
            return [row for row in rows if expected[row[0]] == "delivered" or row[2] == 0]
        wait_until(lambda: not open_rows(), timeout=180, what=lambda: f"each row is tried, or delivered: {open_rows()}", step=0.2)
        states = {tracker: set(found.split(",")) for tracker, found in
                  self.db.all("SELECT tracker, group_concat(DISTINCT state) FROM outbox GROUP BY tracker")}
        for number, (name, (_, expected)) in enumerate(ANSWERS.items()):
            with self.subTest(name):
                self.assertEqual(states[f"t{number}"], {expected}, self.db.all("SELECT reason FROM outbox WHERE tracker = ?", f"t{number}"))
        for response, in self.db.all("SELECT coalesce(response, '') FROM outbox"):
            self.assertLessEqual(len(response), 300)
        if not SANITIZED:
            self.assertLess(self.memory_kb(worker), MOST_MEMORY_KB)
            # No more was taken than ends up in sockets' buffers.
            self.assertLess(max(pourer.poured / max(pourer.connections, 1) for pourer in pourers), 60_000_000)
        self.assertEqual(worker.terminate(), 0)


if __name__ == "__main__":
    unittest.main()
