"""The receiver, as a process: takes postbacks in, has the troubles of weather.py, and notes each request in order of receipt.

python3 -m soak_parts.receiver FOLDER SEED REQUEST_TIMEOUT HURRY

Its first line on stdout is the address. SIGUSR1 heals it for good; SIGTERM ends it, once all is noted.
"""

import asyncio
import random
import signal
import socket
import sys
import time
import urllib.parse

from .evidence import RECEIVER_TABLES, Folder, create, now_ms
from .weather import Weather

_NOTE_EVERY = 0.2
# A connection that the other side closed is noticed within this time; until then its request may seem to be under way.
_CLOSING_TAKES = 0.25
_LONGEST_HEAD = 65536
_LOOK_EVERY = 0.05
_STALL_MS = 500


class Notes:
    """The requests and spells, gathered for some moments and then written in one go."""

    def __init__(self, path):
        self._connection = create(path, RECEIVER_TABLES)
        self._requests = []

    def request(self, request):
        self._requests.append(request.line())

    def stall(self, begun_at, ended_at):
        self._connection.execute("INSERT INTO stalls VALUES (?, ?)", (begun_at, ended_at))

    def spell(self, kind):
        self._connection.execute("INSERT OR REPLACE INTO spells VALUES (?, ?)", (now_ms(), kind))

    def write(self):
        lines, self._requests = self._requests, []
        if lines:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", lines)
            self._connection.execute("COMMIT")

    def close(self):
        self.write()
        self._connection.close()


class Request:
    """One request from its receipt until it is answered, or never will be."""

    def __init__(self, number, params, fate):
        self.number = number
        self.subid = params.get("subid", "")
        self.params = params
        self.fate = fate
        self.at, self.wall_at = now_ms(), int(time.time() * 1000)
        self.answered_at = None
        self.overlaps = 0
        self.left_by_sender = False

    def line(self):
        params = self.params
        return (self.number, self.at, self.wall_at, self.subid, params.get("status", ""), params.get("tid", ""),
                params.get("payout", ""), params.get("sub_id_1", ""), self.fate.taken_in, self.fate.name(), self.answered_at,
                self.overlaps)


class Tracker:
    """What all connections share."""

    def __init__(self, notes, weather):
        self._notes = notes
        self._weather = weather
        self._count = 0
        self._refused = {}
        self._under_way = {}
        self.kind = "fair"
        self.connections = set()

    def receive(self, params):
        mark = params.get("sub_id_1", "")
        refused = self._refused.get(mark, 0)
        fate = self._weather.fate(self.kind, mark, refused)
        if fate.code in (400, 410, 422):
            self._refused[mark] = refused + 1
        self._count += 1
        request = Request(self._count, params, fate)
        earlier = self._under_way.get(request.subid)
        self._under_way[request.subid] = request
        if earlier is not None:
            asyncio.get_running_loop().call_later(_CLOSING_TAKES, self._judge_overlap, earlier, request, request.at - earlier.at)
        return request

    def _judge_overlap(self, earlier, request, under_way_for):
        if not earlier.left_by_sender:
            request.overlaps = max(under_way_for, 1)

    def ended(self, request):
        """The request is answered, or its connection is gone. It is noted when no overlap can be found any more."""
        if self._under_way.get(request.subid) is request:
            del self._under_way[request.subid]
        asyncio.get_running_loop().call_later(2 * _CLOSING_TAKES, self._notes.request, request)


class Connection(asyncio.Protocol):
    def __init__(self, tracker):
        self._tracker = tracker
        self._data = b""
        self._request = None
        self._timer = None
        self._transport = None

    def connection_made(self, transport):
        self._transport = transport
        self._tracker.connections.add(self)

    def connection_lost(self, _error):
        self._tracker.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
        if self._request is not None:
            self._request.left_by_sender = True
            self._end_request()

    def data_received(self, data):
        self._data += data
        if self._request is not None or b"\r\n\r\n" not in self._data:
            if len(self._data) > _LONGEST_HEAD:
                self.cut()
            return
        head, _, self._data = self._data.partition(b"\r\n\r\n")
        target = head.split(b" ", 2)[1].decode("latin-1")
        params = dict(urllib.parse.parse_qsl(target.partition("?")[2], keep_blank_values=True))
        self._request = self._tracker.receive(params)
        fate = self._request.fate
        if fate.then == "cut":
            self.cut()
        elif fate.then != "hang":
            self._timer = asyncio.get_running_loop().call_later(fate.delay, self._answer)

    def _answer(self):
        if self._transport.is_closing():
            return  # It was cut in this very moment, and nobody will read an answer.
        fate = self._request.fate
        head = f"HTTP/1.1 {fate.code} Said\r\nContent-Length: {len(fate.body)}\r\n"
        if fate.retry_after:
            head += f"Retry-After: {fate.retry_after}\r\n"
        if fate.code == 302:
            head += "Location: http://127.0.0.1:9/elsewhere\r\n"
        data = head.encode() + b"\r\n" + fate.body
        if fate.then == "half":
            self._transport.write(data[:-1])
            self._transport.close()
            return
        self._transport.write(data)
        self._request.answered_at = now_ms()
        self._end_request()

    def _end_request(self):
        request, self._request = self._request, None
        self._tracker.ended(request)

    def cut(self):
        self._transport.abort()

    def shut(self):
        """A request under way is cut. An answer that was just given still reaches the other side, as is noted of it."""
        if self._request is not None:
            self.cut()
        else:
            self._transport.close()


class Listener:
    """Listens, or refuses connections, on one port that stays ours meanwhile."""

    def __init__(self, tracker):
        self._tracker = tracker
        self._server = None
        self._holder = self._bind(0)  # Never listens: it keeps the port while nobody does.
        self.port = self._holder.getsockname()[1]

    @staticmethod
    def _bind(port):
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def open(self):
        if self._server is None:
            self._server = await asyncio.get_running_loop().create_server(
                lambda: Connection(self._tracker), sock=self._bind(self.port), backlog=1024)

    def shut(self):
        if self._server is not None:
            self._server.close()
            self._server = None
        for connection in list(self._tracker.connections):
            connection.shut()


async def have_weather(listener, tracker, notes, weather):
    for spell in weather.spells():
        tracker.kind = spell.kind
        notes.spell(spell.kind)
        if spell.kind == "refusing connections":
            listener.shut()
        else:
            await listener.open()
        await asyncio.sleep(spell.seconds)


async def keep_notes(notes):
    while True:
        await asyncio.sleep(_NOTE_EVERY)
        notes.write()


async def notice_stalls(notes):
    """While this process stands still, requests wait unread, and may time out though they are then answered at once."""
    while True:
        last = now_ms()
        await asyncio.sleep(_LOOK_EVERY)
        if now_ms() - last > _STALL_MS:
            notes.stall(last, now_ms())


async def serve(folder, seed, request_timeout, hurry):
    loop = asyncio.get_running_loop()
    weather = Weather(random.Random(f"{seed} weather"), request_timeout, hurry)
    notes = Notes(folder.receiver_db)
    tracker = Tracker(notes, weather)
    listener = Listener(tracker)
    await listener.open()
    healed, ended = asyncio.Event(), asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, healed.set)
    loop.add_signal_handler(signal.SIGTERM, ended.set)
    print(f"http://127.0.0.1:{listener.port}", flush=True)

    note_keeper = asyncio.create_task(keep_notes(notes))
    stall_watch = asyncio.create_task(notice_stalls(notes))
    changing = asyncio.create_task(have_weather(listener, tracker, notes, weather))
    waits = [asyncio.create_task(event.wait()) for event in (healed, ended)]
    await asyncio.wait([*waits, changing, note_keeper], return_when=asyncio.FIRST_COMPLETED)
    changing.cancel()
    tracker.kind = "healed"
    notes.spell("healed")
    await listener.open()
    await asyncio.wait([waits[1], note_keeper], return_when=asyncio.FIRST_COMPLETED)
    listener.shut()
    await asyncio.sleep(3 * _CLOSING_TAKES)
    note_keeper.cancel()
    stall_watch.cancel()
    notes.close()


if __name__ == "__main__":
    asyncio.run(serve(Folder(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), float(sys.argv[4])))
