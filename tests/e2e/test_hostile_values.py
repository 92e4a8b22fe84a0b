"""Whatever stands in a column: it is sent to the byte or refused, hurts no other row, and is nothing but text where it is shown."""

import json
import re
import unittest
import urllib.parse

from harness import SQLITE_SHELL, E2ETest, run_command, wait_until
from receiver import Reply

HOSTILE = {
    "crlf": "x\r\nHost: evil.example\r\n\r\nGET /forged HTTP/1.1\r\n",
    "nul": "x\0y",
    "nul_last": "x\0",
    "sql": "'; DROP TABLE outbox; --",
    "sql_quotes": "x\") OR 1=1; ATTACH '/tmp/x' AS y; --",
    "sql_pattern": "%_*?[^a]",
    "escape": "\x1b[2J\x1b]0;title\x07\x9b31m",
    "direction": "\u202egnp.exe\u2066\u200f\u2028z",
    "forged_text": "x state=delivered attempts=0\n2026-01-01T00:00:00.000Z info forged id=1",
    "forged_json": "\",\"event\":\"forged\",\"x\":\"\n{\"event\":\"forged\"}",
    "forged_query": "x&subid=evil&status=rejected#",
    "format": "%s%n%x{}{0}${HOME}$(id)`id`",
    "long": "w" * 100,
}
COLUMNS = ("subid", "status", "tid", "campaign", "currency", "payout", "cost", "event_id", "tracker")
ACTS_ON_A_TERMINAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


class HostileValues(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def insert_all(self):
        """A row for each column and text that the table takes."""
        taken = 0
        for column in COLUMNS:
            for name, text in HOSTILE.items():
                row = {"subid": f"{column}-{name}", "status": "sale", "tid": name}
                row[column] = text
                try:
                    self.db.insert(**row)
                    taken += 1
                except Exception as error:  # pylint: disable=broad-except
                    self.assertRegex(str(error), r"CHECK constraint failed: \w+\Z", (column, text))
        for name, text in HOSTILE.items():
            self.db.insert(subid=f"name-{name}", status="sale", params=json.dumps({text: "v"}))
            self.db.insert(subid=f"value-{name}", status="sale", params=json.dumps({"sub_id_1": text, "é": text}))
        return taken + 2 * len(HOSTILE)

    def assert_harmless(self, text, where):
        found = ACTS_ON_A_TERMINAL.search(text)
        self.assertIsNone(found, (where, found and text[max(0, found.start() - 40):found.end() + 40]))
        self.assertIsNone(re.search(r"^(\S+ info )?forged", text, re.MULTILINE), where)

    def drain(self, receiver, log_format):
        worker = self.worker("--log-format", log_format, "--timeout", "20s", url=receiver.url, verb="drain")
        worker.wait()
        return worker

    def test_every_column_takes_every_text_without_harm(self):
        tables = self.db.all("SELECT name, sql FROM sqlite_schema ORDER BY name")
        answer = "taken\x1b[2J\r\nin\0\x9b\u202e & forged".encode()
        receiver = self.receiver(lambda request: Reply(200, answer))
        rows = self.insert_all()
        self.db.insert(subid="fine", status="sale")
        worker = self.drain(receiver, "text")

        self.assertEqual(self.db.all("SELECT name, sql FROM sqlite_schema ORDER BY name"), tables)
        self.assertEqual(self.db.value("PRAGMA integrity_check"), "ok")
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), rows + 1)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE state = 'pending' AND tracker = 'default'"), 0)
        self.assertEqual(self.db.value("SELECT state FROM outbox WHERE subid = 'fine'"), "delivered")

        # What was sent is what was written, and one request each.
        sent = receiver.seen()
        self.assertEqual(len(sent), self.db.states()["delivered"])
        for request in sent:
            self.assertRegex(request.target, r"\A/[A-Za-z0-9._~%=&/?-]*\Z")
            self.assertEqual(request.target.count("&subid=") + request.target.count("?subid="), 1)
            self.assertLessEqual(set(request.headers), {"host", "user-agent", "accept"})
        written = dict(self.db.all("SELECT id, subid FROM outbox WHERE state = 'delivered'")).values()
        self.assertEqual(sorted(request.subid for request in sent), sorted(written))

        # What is shown is text: by the command, in the log, and by the sqlite3 shell in the columns that are the worker's.
        self.assert_harmless(worker.output(), "log")
        for args in (["list", "--limit", "500"], ["status"], ["check"], ["show", HOSTILE["escape"]], ["show", HOSTILE["direction"]],
                     ["show", HOSTILE["forged_text"]], ["list", "--json"], ["status", "--json"]):
            result = self.ko(args[0], "--db", self.db_path, *args[1:], *(["--to", receiver.url] if args[0] == "check" else []))
            self.assert_harmless(result.out + result.err, args)
        shown = self.shell("SELECT reason, response, sent_as FROM outbox; SELECT error, response FROM delivery_attempts")
        self.assert_harmless(shown.out.replace("\r\n", "\n"), "sqlite3")

    def test_no_value_forges_a_line_or_a_field_of_the_json_log(self):
        receiver = self.receiver(lambda request: Reply(200, b'{"event":"forged"}\n{"event":"forged"}'))
        subids = [f"{number}{text}".replace("{", "(").replace("}", ")") for number, text in enumerate(HOSTILE.values())]
        for subid in subids:
            self.db.insert(subid=subid, status="sale", tid=subid[:100])
            self.db.insert(subid=subid, status="sale", tid=subid[:100], tracker=subid)
        worker = self.worker("--log-format", "json", url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE reason IS NULL") == 0,
                   what=lambda: f"each row has a reason: {self.db.all('SELECT subid, reason FROM outbox')}")
        worker.terminate()
        self.assertRegex(worker.stderr(), r"\A[\n\x20-\x7e]*\Z")
        events = [json.loads(line) for line in worker.stderr().splitlines()]
        self.assertNotIn("forged", {event["event"] for event in events})
        said = {event["subid"] for event in events if event["event"] == "delivered"}
        self.assertLessEqual(said, set(subids))
        self.assertGreaterEqual(len(said), 10, "the log leaves out what comes too fast")

    def test_what_a_bare_sqlite3_shell_writes_is_taken_as_it_stands(self):
        """The shell has no parameters: a text with a NUL comes from char(0), bytes from a cast."""
        receiver = self.receiver()
        for sql in ("INSERT INTO outbox (subid, status, tid) VALUES ('nul' || char(0) || 'tail', 'sale', char(0))",
                    "INSERT INTO outbox (subid, status, params) VALUES ('p', 'sale', '{\"a\":\"b\"}' || char(0) || '{\"subid\":\"evil\"}')",
                    "INSERT INTO outbox (subid, status, tid) VALUES (CAST(x'c0af1b' AS TEXT), 'sale', CAST(x'ff00fe' AS TEXT))",
                    "INSERT INTO outbox (subid, status) VALUES (x'00', 'sale')"):
            run_command([SQLITE_SHELL, self.db_path, sql])
        self.db.insert(subid="fine", status="sale")
        self.drain(receiver, "text")
        self.assertEqual(self.db.states()["pending"], 0)
        self.assertEqual(self.db.value("SELECT state FROM outbox WHERE subid = 'fine'"), "delivered")
        for request in receiver.seen():
            pairs = [urllib.parse.unquote_to_bytes(pair) for pair in request.target.partition("?")[2].split("&")]
            self.assertNotIn(b"subid=evil", pairs)
            self.assertEqual(sum(pair.startswith(b"subid=") for pair in pairs), 1)
            self.assertNotIn(b"subid=nul", pairs, "a value is sent whole or not at all")

    def test_names_that_the_tracker_would_read_as_a_column_are_refused(self):
        receiver = self.receiver()
        names = ("\\u0073ubid", "sub\\u0069d", " subid", "subid[]", "subid[0]", "status[]", "st\\u0061tus\\u0000x", "  tid", "return[]")
        for name in names:
            self.db.insert(subid="abc", status="sale", tid=name, params='{"%s":"evil"}' % name)
        self.db.insert(subid="abc", status="sale", tid="nested", params='{"a":{"subid":"evil"}}')
        self.db.insert(subid="abc", status="sale", tid="twice", params='{"a":"1","\\u0061":"2"}')
        self.drain(receiver, "text")
        self.assertEqual(self.db.states(), {"refused": len(names) + 2})
        self.assertEqual(receiver.count(), 0)

    def test_params_that_are_too_long_to_be_sent_are_refused_at_once(self):
        receiver = self.receiver()
        row = self.db.insert(subid="huge", status="sale", params=json.dumps({"a": "x" * 9_000_000}))
        self.db.insert(subid="fine", status="sale")
        self.drain(receiver, "text")
        self.assertEqual(self.db.states(), {"refused": 1, "delivered": 1})
        self.assertIn("longer than 256 KiB", self.db.row(row)["reason"])


if __name__ == "__main__":
    unittest.main()
