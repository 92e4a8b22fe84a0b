"""The whole chain: altercpa-sim calls the front door, which writes rows, which a worker sends to keitaro-sim; and the books of its ends."""

import collections
import itertools
import json
import os
import re
import urllib.request

import altercpa
from harness import COMMAND, E2ETest, wait_until

DOOR_KEY = "kEyOfTheFrontDoor0123456789abcde"
KEITARO_STATUS = {"wait": "lead", "hold": "lead", "approve": "sale", "cancel": "rejected", "trash": "rejected"}
TEMPLATE = "postback?click={click}&status={status}&lead={lead}&time={time}&campaign={campaign}&username={username}"
SOURCE = """
[[source]]
name = "altercpa"
key = "${DOOR_KEY}"
parameters = { click = "subid", lead = "tid", time = "" }
event_id = "{lead}:{status}:{time}"
"""
TRACKER = """
[[tracker]]
url = "%s"
allow_private = true
allow_transitions = ["rejected->sale"]
retry_first_delay = "50ms"
retry_max_delay = "400ms"
"""


class ChainTest(E2ETest):
    """A simulator of Keitaro, an empty database, and configurations for a front door and a worker."""

    maxDiff = None

    def setUp(self):
        super().setUp()
        self.event_logs = []
        self.init()
        self.keitaro = self.sim("--allow-move", "rejected->sale")
        self.worker_config = self.write("worker.toml", TRACKER % self.keitaro.url)

    def door_config(self, name="door.toml", intake="", source=SOURCE):
        return self.write(name, f'[intake]\nlisten = "127.0.0.1:0"\n{intake}\n{source}\n{TRACKER % self.keitaro.url}')

    def start_door(self, config=None, verb="intake", name=None):
        """Starts it and waits until it listens; `base` of what is given is its address, as the start of a URL."""
        count = sum(child.name.startswith("door") for child in self.children)
        door = self.start(name or f"door{count + 1}",
                          [COMMAND, verb, "--db", self.db_path, "--config", config or self.door_config(), "--log-level", "debug"],
                          env={"DOOR_KEY": DOOR_KEY})
        door.base = "http://" + wait_until(lambda: self._address_of(door), what=lambda: f"the front door says where it listens: {door.output()}")
        return door

    @staticmethod
    def _address_of(door):
        if not door.running():
            raise AssertionError(f"the front door ended with {door.code()}: {door.output()}")
        found = re.search(r'front_door .*?address="?([^\s"]+)', door.stderr())
        return found and found.group(1)

    def start_worker(self):
        return self.start(f"worker{len(self.children)}", [COMMAND, "run", "--db", self.db_path, "--config", self.worker_config, "--log-level", "debug"])

    def set_outage(self, share):
        """The share of postbacks that Keitaro answers with 503."""
        done = self.keitaro_trouble({"fail": {"503": share} if share else {}})
        self.assertEqual(done["fail"], {"503": share} if share else {})

    def keitaro_trouble(self, trouble):
        request = urllib.request.Request(self.keitaro.base + "/sim/trouble", data=json.dumps(trouble).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read())

    def start_altercpa(self, base, *flags, path=f"/{DOOR_KEY}/"):
        """In the background."""
        self.event_logs.append(self.path(f"events{len(self.event_logs)}.jsonl"))
        return self.start(f"altercpa{len(self.event_logs)}",
                          [*altercpa.ALTERCPA_SIM, "--url", base + path + TEMPLATE, "--log", self.event_logs[-1], *flags])

    def events(self):
        """Of all senders."""
        return [event for log in self.event_logs if os.path.exists(log) for event in altercpa.events(log)]

    def taken(self):
        return [event for event in self.events() if event["code"] == 200]

    def called_count(self):
        return len(self.events())

    def wait_for_calls(self, count):
        wait_until(lambda: self.called_count() >= count, 60, lambda: f"{count} calls were answered: {self.called_count()}")

    # --- the books

    def assert_nothing_is_missing(self):
        """Each call that was answered with 200 is a row, in the order of its click; and Keitaro has each click's history."""
        taken = self.taken()
        told = altercpa.by_click(taken)
        rows = collections.defaultdict(list)
        for click, status in self.db.all("SELECT subid, status FROM outbox ORDER BY id"):
            rows[click].append(status)
        self.assertEqual(dict(rows), told)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE event_id LIKE 'altercpa:%'"), len(taken))
        self.wait_for_none_pending(60)
        self.assertEqual(set(self.db.states()) - {"delivered", "duplicate"}, set())
        # A killed worker may repeat a postback: the same conversion for Keitaro.
        histories = {conversion["sub_id"]: _without_repeats(conversion["history"]) for conversion in self.keitaro.conversions()}
        wanted = {click: _without_repeats(KEITARO_STATUS[status] for status in statuses) for click, statuses in told.items()}
        wrong = {click: (history, histories.get(click), self.db.all("SELECT id, status, state, attempts, reason FROM outbox WHERE subid = ?", click))
                 for click, history in wanted.items() if histories.get(click) != history}
        self.assertEqual((wrong, set(histories) - set(wanted)), ({}, set()))
        self.assertEqual(self.db.value("SELECT count(*) FROM intake_rejects"), 0)
        return len(taken)


def _without_repeats(statuses):
    return [status for status, _ in itertools.groupby(statuses)]
