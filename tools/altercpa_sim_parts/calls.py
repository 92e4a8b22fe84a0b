"""Calls URLs, each once and never again, whatever the answer."""

import collections
import dataclasses
import http.client
import random
import string
import threading
import time
import urllib.parse

USER_AGENT = "altercpa-sim"
_LONGEST_ANSWER = 300
# What a template may hold as it is; blanks and letters beyond ASCII are encoded, as browsers do.
_STAYS = string.punctuation


@dataclasses.dataclass
class Answer:
    code: int  # 0 for none.
    text: str  # The answer's beginning, or why there was none.

    @property
    def taken(self):
        return self.code == 200


def call(url, timeout):
    """One GET on a connection of its own. Redirects are not followed."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=timeout)
    try:
        target = urllib.parse.quote(urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, "")), safe=_STAYS)
        connection.request("GET", target, headers={"User-Agent": USER_AGENT, "Accept": "*/*", "Connection": "close"})
        response = connection.getresponse()
        return Answer(response.status, response.read(_LONGEST_ANSWER).decode(errors="replace").strip())
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, str(error) or type(error).__name__)
    finally:
        connection.close()


class Pace:
    """Lets `rate` a second pass, evenly; 0 is no limit."""

    def __init__(self, rate):
        self._gap = 1 / rate if rate else 0
        self._next = time.monotonic()
        self._lock = threading.Lock()

    def wait(self):
        with self._lock:
            at = max(self._next, time.monotonic())
            self._next = at + self._gap
        time.sleep(max(0, at - time.monotonic()))


class Player:
    """Plays people's events, as many calls at a time as it has threads. An event begins after the answer to the one before it of the
    same person: between two of them there are minutes or hours, and no call takes that long."""

    def __init__(self, people, templates, options, chance: random.Random, record):
        self._people = collections.deque(people)
        self._templates = templates
        self._options = options
        self._chance = chance
        self._record = record  # Called by one thread at a time.
        self._pace = Pace(options.rate)
        self._lock = threading.Lock()
        self._resting = threading.Condition(self._lock)
        self._calling = 0

    def play(self):
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(self._options.calls_at_once)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self):
        while (person := self._take()) is not None:
            status, at = person.events.pop(0)
            values = person.values(status, at)
            url = self._templates.url(person.campaign, values)
            answer = None
            if url:
                self._pace.wait()
                answer = call(url, self._options.timeout)
            self._give_back(person, values, url, answer)

    def _take(self):
        with self._lock:
            while not self._people and self._calling:
                self._resting.wait()
            if not self._people:
                return None
            self._calling += 1
            return self._people.popleft()

    def _give_back(self, person, values, url, answer):
        with self._lock:
            self._record(values, url, answer)
            self._calling -= 1
            if person.events:
                # Somewhere among the others, so that events of several people mix.
                self._people.insert(self._chance.randint(0, len(self._people)), person)
            self._resting.notify_all()
