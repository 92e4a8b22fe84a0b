"""A small HTTP/1.1 receiver on loopback that records what it gets, in order, and answers as it is told."""

import dataclasses
import socket
import threading
import time
import urllib.parse


@dataclasses.dataclass
class Request:
    number: int  # In order of receipt, from 0.
    method: str
    target: str
    headers: dict  # Names in lower case.
    at: float  # time.monotonic() at receipt.
    connection: int

    @property
    def params(self):
        """Decoded as a tracker does; the last of a name counts."""
        query = self.target.partition("?")[2]
        return dict(urllib.parse.parse_qsl(query, keep_blank_values=True))

    @property
    def subid(self):
        return self.params.get("subid")


@dataclasses.dataclass
class Reply:
    """What to answer. `then`: "keep" the connection; "close" it after the answer, or "leave" without a word of it; "drop" it without an answer; "hang"
    until the other side gives up; "raw" sends `body` as it is, then closes."""

    code: int = 200
    body: bytes = b"OK"
    headers: dict = dataclasses.field(default_factory=dict)
    delay: float = 0.0
    then: str = "keep"

    def encoded(self):
        lines = [f"HTTP/1.1 {self.code} Said", f"Content-Length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.then == "close":
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + self.body


def ok(_request):
    return Reply()


class Receiver:
    """Listens from the start. `answer(request)` gives a Reply; it is called from the connection's thread."""

    def __init__(self, answer=None, key="k3yOfTheTracker"):
        self.answer = answer or ok
        self.key = key
        self.requests = []
        self.overlaps = []  # Subids of which a second request came while one was in flight.
        self.in_flight_most = 0
        self._in_flight = {}
        self._lock = threading.Lock()
        self._listener = None
        self._reserved = None  # While it is down: bound to the port, which then is given to nobody else.
        self._connections = {}
        self._connections_seen = 0
        self.port = 0
        self.start()
        self.url = f"http://127.0.0.1:{self.port}/{key}/postback"

    def start(self):
        """Listens; after a stop() on the same port again."""
        listener = self._bound()
        listener.listen(1024)
        self.port = listener.getsockname()[1]
        self._listener = listener
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self):
        """Is down: connections are closed, new ones refused."""
        listener, self._listener = self._listener, None
        if listener is not None:
            _close(listener)
            self._reserved = self._bound()
        with self._lock:
            connections = list(self._connections.values())
        for connection in connections:
            _close(connection)

    def _bound(self):
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", self.port))
        return bound

    # --- what came

    def count(self):
        return len(self.requests)

    def seen(self):
        """A copy of the requests so far, in order."""
        with self._lock:
            return list(self.requests)

    def by_click(self, value):
        """For each subid the values, in order of receipt; `value(request)`."""
        clicks = {}
        for request in self.seen():
            clicks.setdefault(request.subid, []).append(value(request))
        return clicks

    # --- threads

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                if self._listener is not listener:
                    _close(connection)
                    return
                self._connections_seen += 1
                number = self._connections_seen
                self._connections[number] = connection
            threading.Thread(target=self._serve, args=(number, connection), daemon=True).start()

    def _serve(self, number, connection):
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = connection.recv(65536)
                    if not more:
                        return
                    data += more
                head, _, data = data.partition(b"\r\n\r\n")
                if not self._exchange(number, connection, head):
                    return
        except OSError:
            pass
        finally:
            with self._lock:
                self._connections.pop(number, None)
            _close(connection)

    def _exchange(self, number, connection, head):
        """Records and answers one request; whether the connection is kept."""
        request = self._record(number, head)
        subid = request.subid
        try:
            reply = self.answer(request)
            if reply.delay:
                time.sleep(reply.delay)
        finally:
            with self._lock:
                self._in_flight[subid] -= 1
                if not self._in_flight[subid]:
                    del self._in_flight[subid]
        if reply.then == "drop":
            return False
        if reply.then == "hang":
            connection.recv(1)
            return False
        connection.sendall(reply.body if reply.then == "raw" else reply.encoded())
        return reply.then == "keep"

    def _record(self, number, head):
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        with self._lock:
            request = Request(len(self.requests), method, target, headers, time.monotonic(), number)
            self.requests.append(request)
            subid = request.subid
            if subid in self._in_flight:
                self.overlaps.append(subid)
            self._in_flight[subid] = self._in_flight.get(subid, 0) + 1
            self.in_flight_most = max(self.in_flight_most, sum(self._in_flight.values()))
        return request


def _close(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
