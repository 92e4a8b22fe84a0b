"""Every value arrives byte for byte."""

import json
import re
import unittest
import urllib.parse

from harness import E2ETest
from receiver import Reply

TEXTS = [
    "plain-._~",
    "a&b=c#d+e%f \"g'h",
    "line\nbreak\r\ttab",
    "?/:@!$()*,;[]\\|^`<>",
    "кириллица",
    "日本語 😀 e\u0301",
    "%41%zz%",
    "100%",
    "a=1&subid=other&status=rejected",
    " leading and trailing ",
    "+",
    "\x01\x1f\x7f",
    "$HOME $(id) `id`",
]


def raw_pairs(target):
    """Names and values as bytes, `+` being a plus sign; the query as it was sent, undecoded."""
    query = target.partition("?")[2]
    pairs = [pair.partition("=") for pair in query.split("&")]
    return [(urllib.parse.unquote_to_bytes(name), urllib.parse.unquote_to_bytes(value)) for name, _, value in pairs]


class Encoding(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_values_of_every_kind_arrive_byte_for_byte(self):
        receiver = self.receiver()
        for number, text in enumerate(TEXTS):
            self.db.insert(subid=text, status="sale", tid=f"{number}:{text}"[:100], params=json.dumps({"sub_id_1": text, "sub_id_2": ""}))
        self.drain(receiver)
        self.assertEqual(self.db.states(), {"delivered": len(TEXTS)})
        came = {dict(raw_pairs(r.target))[b"subid"]: r.target for r in receiver.seen()}
        for number, text in enumerate(TEXTS):
            with self.subTest(text=text):
                target = came[text.encode()]
                pairs = raw_pairs(target)
                self.assertEqual(len(pairs), len(dict(pairs)), "no name stands twice")
                values = dict(pairs)
                self.assertEqual(values[b"tid"], f"{number}:{text}".encode())
                self.assertEqual(values[b"sub_id_1"], text.encode())
                self.assertEqual(values[b"status"], b"sale")
                self.assertRegex(target.partition("?")[2], r"\A[A-Za-z0-9._~%=&-]*\Z", "only unreserved characters stand bare")

    def test_names_of_params_are_encoded_too(self):
        receiver = self.receiver()
        names = ["a b", "c&d", "e=f", "ж", "g#h", "x[1]"]
        self.db.insert(subid="abc", status="sale", params=json.dumps({name: "v" for name in names}))
        self.drain(receiver)
        values = dict(raw_pairs(receiver.seen()[0].target))
        for name in names:
            self.assertEqual(values[name.encode()], b"v")

    def test_params_of_other_types_keep_their_written_form(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale",
                       params='{"a":1.50,"b":1e3,"c":true,"d":false,"e":null,"f":12345678901234567890,"g":"","h":-0}')
        self.drain(receiver)
        values = {name.decode(): value.decode() for name, value in raw_pairs(receiver.seen()[0].target)}
        self.assertEqual({name: values.get(name) for name in "abcdefgh"},
                         {"a": "1.50", "b": "1e3", "c": "true", "d": "false", "e": None, "f": "12345678901234567890", "g": "", "h": "-0"})

    def test_params_that_cannot_be_sent_are_refused_by_name(self):
        receiver = self.receiver()
        for params, word in (('{"nested":{"a":1}}', "nested"), ('{"list":[1]}', "list"), ('{"twice":"1","twice":"2"}', "twice")):
            with self.subTest(params=params):
                row = self.db.insert(subid=word, status="sale", params=params)
                self.drain(receiver, code=3)
                found = self.db.row(row)
                self.assertEqual(found["state"], "refused")
                self.assertIn(word, found["reason"])
        self.assertEqual(receiver.count(), 0)

    def test_names_that_have_a_column_cannot_come_in_by_another_spelling(self):
        receiver = self.receiver()
        for number, name in enumerate(("subid", "status", "tid", "return")):
            escaped = "\\u%04x" % ord(name[0]) + name[1:]
            try:
                self.db.insert(subid=f"c{number}", status="sale", params='{"%s":"evil"}' % escaped)
            except Exception:  # pylint: disable=broad-except
                continue  # Turned away at INSERT: as good.
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "20s")
        for request in receiver.seen():
            self.assertNotIn(b"evil", [value for _, value in raw_pairs(request.target)])
        self.assertEqual(self.db.states()["pending"], 0)

    def test_amounts_have_at_most_four_places_and_no_exponent(self):
        receiver = self.receiver()
        table = {"12.5": "12.5", "12.50": "12.5", "-3": "-3", "0": "0", "0.00004": "0", "1.23456": "1.2346", "007": "7", "-0": "0",
                 "12345678901234.5": "12345678901234.5", "5.": "5", "1.99999": "2"}
        accepted = {}
        for number, payout in enumerate(table):
            try:
                self.db.insert(subid=f"c{number}", status="sale", payout=payout, cost=payout)
                accepted[f"c{number}"] = payout
            except Exception:  # pylint: disable=broad-except
                self.assertEqual(payout, "5.")  # May be turned away; what is taken must be sent right.
        self.drain(receiver)
        for request in receiver.seen():
            written = accepted[request.subid]
            with self.subTest(written=written):
                for name in ("payout", "cost"):
                    sent = request.params[name]
                    self.assertRegex(sent, r"\A-?\d+(\.\d{1,4})?\Z")
                    self.assertAlmostEqual(float(sent), float(table[written]), delta=0.00011)

    def test_an_absent_value_sends_no_parameter(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale", tid="", payout=None, currency=None)
        self.drain(receiver)
        self.assertEqual(set(receiver.seen()[0].params), {"subid", "status", "return"})

    def test_bytes_that_are_no_text_stop_nobody(self):
        receiver = self.receiver()
        self.db.execute("INSERT INTO outbox (subid, status) VALUES (CAST(x'61ff62' AS TEXT), 'sale'), ('a' || char(0) || 'b', 'sale'),"
                        " ('fine', 'sale')")
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "20s")
        self.assertEqual(self.db.value("SELECT state FROM outbox WHERE subid = 'fine'"), "delivered")
        self.assertEqual(self.db.states()["pending"], 0)
        subids = {dict(raw_pairs(r.target))[b"subid"] for r in receiver.seen()}
        self.assertLessEqual(subids, {b"fine", b"a\xffb", b"a\x00b"}, "a value is sent whole or not at all")
        for verb in (("list",), ("list", "--json"), ("status",)):
            self.assertEqual(self.ko(verb[0], "--db", self.db_path, *verb[1:]).code, 0)

    def test_what_came_from_outside_cannot_forge_lines_of_output(self):
        receiver = self.receiver(lambda request: Reply(200, b"OK\n2026-01-01T00:00:00Z info forged\x1b[2J"))
        evil = "x\nforged \x1b[31m"
        self.db.insert(subid=evil, status="sale", tid=evil)
        worker = self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 1})
        worker.terminate()
        for text in (worker.output(), self.ko("list", "--db", self.db_path).out, self.ko("show", evil, "--db", self.db_path).out):
            self.assertNotIn("\x1b", text)
            self.assertIsNone(re.search(r"^forged", text, re.MULTILINE))
            self.assertIsNone(re.search(r"^2026-01-01T00:00:00Z info forged", text, re.MULTILINE))


if __name__ == "__main__":
    unittest.main()
