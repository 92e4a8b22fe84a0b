"""What is tried again, when, how often, and what is kept of each failure."""

import email.utils
import time
import unittest

from harness import E2ETest, wait_until
from receiver import Reply

QUICK = ("--retry-first-delay", "30ms", "--retry-max-delay", "120ms")


class Retries(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.good_rows = 0

    def answering(self, replies):
        """A receiver whose answers to a click are `replies[subid]` in turn, the last for ever; OK for other clicks."""
        taken = {}

        def answer(request):
            row = replies.get(request.subid)
            if row is None:
                return Reply()
            number = taken.get(request.subid, 0)
            taken[request.subid] = number + 1
            return row[min(number, len(row) - 1)]

        return self.receiver(answer)

    def insert_good(self):
        self.good_rows += 1
        return self.db.insert(subid=f"good{self.good_rows}", status="lead")

    def wait_among_good_rows(self, condition, what):
        """Waits while other rows are taken in, so that the tracker is plainly up."""
        wait_until(lambda: condition() or (self.insert_good() and False), 30, what, step=0.02)

    def attempts_of(self, row_id):
        return [dict(row) for row in self.db.execute("SELECT * FROM delivery_attempts WHERE outbox_id = ? ORDER BY attempt", (row_id,))]

    def test_answers_that_speak_of_the_tracker_are_tried_again(self):
        codes = (402, 405, 406, 408, 409, 410, 413, 414, 425, 429, 451, 500, 502, 503, 504, 599, 301, 302, 307, 308, 401, 403, 404)
        receiver = self.answering({f"code{code}": [Reply(code, b"no"), Reply(code, b"no"), Reply()] for code in codes})
        self.worker(*QUICK, url=receiver.url)
        ids = {}
        for code in codes:
            self.insert_good()
            ids[code] = self.db.insert(subid=f"code{code}", status="lead")
        self.wait_among_good_rows(lambda: all(self.db.state(i) == "delivered" for i in ids.values()),
                                  lambda: [self.db.row(i) for i in ids.values() if self.db.state(i) != "delivered"][:3])
        for code, row_id in ids.items():
            with self.subTest(code=code):
                self.assertEqual(self.db.row(row_id)["attempts"], 3)
                self.assertIsNone(self.db.row(row_id)["reason"])
                attempts = self.attempts_of(row_id)
                self.assertEqual([(a["attempt"], a["http_status"], a["response"]) for a in attempts], [(1, code, "no"), (2, code, "no")])
                for attempt in attempts:
                    self.assertIn(str(code), attempt["error"])

    def test_400_and_422_are_dead_after_three_tries_when_other_rows_are_taken_in(self):
        codes = (400, 422)
        receiver = self.answering({f"code{code}": [Reply(code, b"bad row")] for code in codes})
        self.worker(*QUICK, url=receiver.url)
        for code in codes:
            with self.subTest(code=code):
                row_id = self.db.insert(subid=f"code{code}", status="lead")
                self.wait_among_good_rows(lambda r=row_id: self.db.state(r) == "dead", lambda r=row_id: self.db.row(r))
                row = self.db.row(row_id)
                self.assertEqual((row["attempts"], row["http_status"], row["response"]), (3, code, "bad row"))
                self.assertIn(str(code), row["reason"])
                self.assertIsNotNone(row["finished_at"])
                self.assertEqual(len(self.attempts_of(row_id)), 3)
        self.assertEqual(self.db.value("SELECT count(*) FROM conversions WHERE subid LIKE 'code%'"), 0)

    def test_a_row_that_always_fails_is_dead_after_max_attempts_when_others_are_taken_in(self):
        receiver = self.answering({"bad": [Reply(500)]})
        self.worker(*QUICK, "--max-attempts", "4", url=receiver.url)
        bad = self.db.insert(subid="bad", status="lead")
        self.wait_among_good_rows(lambda: self.db.state(bad) == "dead", lambda: self.db.row(bad))
        row = self.db.row(bad)
        # Those that failed while the tracker failed for others too, or took in a part only, may not count.
        self.assertGreaterEqual(row["attempts"], 4)
        self.assertEqual((row["strikes"], row["http_status"]), (4, 500))
        self.assertIn("500", row["reason"])
        self.assertEqual([a["attempt"] for a in self.attempts_of(bad)], list(range(1, row["attempts"] + 1)))
        self.assertEqual(sum(r.subid == "bad" for r in receiver.seen()), row["attempts"])

    def test_a_refused_row_never_gets_more_tries_than_max_attempts(self):
        receiver = self.answering({"bad": [Reply(422)]})
        self.worker(*QUICK, "--max-attempts", "1", url=receiver.url)
        bad = self.db.insert(subid="bad", status="lead")
        self.wait_for_state(bad, "dead")
        self.assertEqual(self.db.row(bad)["attempts"], 1)

    def test_delays_grow(self):
        receiver = self.answering({"abc": [Reply(503)] * 4 + [Reply()]})
        self.worker("--retry-first-delay", "200ms", "--retry-max-delay", "10s", url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        times = [r.at for r in receiver.seen()]
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        # Each failure that counts doubles the delay, 200 ms at first, of which jitter leaves at least half. With nothing else taken in,
        # one may not count; it is no shorter then. So at least:
        strikes = self.db.row(row_id)["strikes"]
        self.assertGreaterEqual(strikes, 1)
        self.assertGreaterEqual(min(gaps), 0.1 - 0.02, gaps)
        self.assertGreaterEqual(sum(gaps), 0.1 * (4 - strikes + 2 ** strikes - 1) - 0.08, (strikes, gaps))

    def test_the_row_says_meanwhile_that_it_is_being_retried(self):
        receiver = self.answering({"abc": [Reply(503, b"busy now")]})
        self.worker("--retry-first-delay", "20s", url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        row = wait_until(lambda: (self.db.row(row_id)["reason"] or None) and self.db.row(row_id), what="a reason")
        self.assertEqual((row["state"], row["attempts"], row["http_status"], row["response"]), ("pending", 1, 503, "busy now"))
        self.assertIn("503", row["reason"])
        self.assertNotIn("\n", row["reason"])
        self.assertGreater(row["due_at"], time.time() * 1000 + 2000)
        self.assertIsNone(row["finished_at"])

    def test_retry_after_seconds_is_obeyed(self):
        for code in (429, 503):
            with self.subTest(code=code):
                receiver = self.answering({"abc": [Reply(code, headers={"Retry-After": "2"}), Reply()]})
                worker = self.worker(*QUICK, url=receiver.url)
                self.db.insert(subid="abc", status="lead", tid=str(code))
                wait_until(lambda r=receiver: r.count() == 2, what="the second try")
                first, second = receiver.seen()
                self.assertGreaterEqual(second.at - first.at, 1.95)
                worker.terminate()

    def test_retry_after_as_a_date_is_obeyed(self):
        moment = {}

        def answer(request):
            if request.number == 0:
                moment["at"] = int(time.time()) + 3
                return Reply(503, headers={"Retry-After": email.utils.formatdate(moment["at"], usegmt=True)})
            moment["second"] = time.time()
            return Reply()

        receiver = self.receiver(answer)
        self.worker(*QUICK, url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        self.assertGreaterEqual(moment["second"], moment["at"] - 0.05)

    def test_retry_after_never_shortens_a_delay(self):
        for value in ("0", "Wed, 01 Jan 2020 00:00:00 GMT", "-5", "soon", ""):
            with self.subTest(value=value):
                receiver = self.answering({"abc": [Reply(503, headers={"Retry-After": value}), Reply()]})
                worker = self.worker("--retry-first-delay", "600ms", url=receiver.url)
                row_id = self.db.insert(subid="abc", status="lead", tid=value)
                self.wait_for_state(row_id, "delivered")
                first, second = receiver.seen()
                self.assertGreaterEqual(second.at - first.at, 0.28)
                worker.terminate()

    def test_redirects_are_not_followed(self):
        elsewhere = self.receiver()
        receiver = self.answering({"abc": [Reply(302, headers={"Location": elsewhere.url + "?subid=abc"}), Reply()]})
        self.worker(*QUICK, url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        self.assertEqual(elsewhere.count(), 0)
        self.assertEqual(receiver.count(), 2)
        self.assertIn("redirect", self.attempts_of(row_id)[0]["error"])

    def test_an_answer_without_the_sentinel_is_delivered_and_marked(self):
        for subid, reply in (("text", Reply(200, b"<html>Welcome</html>")), ("empty", Reply(200, b"")), ("nocontent", Reply(204, b""))):
            with self.subTest(subid=subid):
                receiver = self.answering({subid: [reply]})
                self.worker(url=receiver.url)
                row_id = self.db.insert(subid=subid, status="lead")
                self.wait_for_state(row_id, "delivered")
                self.assertIn("OK", self.db.row(row_id)["reason"])
                self.assertEqual(receiver.count(), 1)
                for child in self.children:
                    child.terminate()
        self.assertRegex(self.ko("status", "--db", self.db_path).out, "3 delivered rows.*return=")

    def test_white_space_around_the_sentinel_is_no_matter(self):
        receiver = self.answering({"abc": [Reply(200, b"\r\n OK \n")]})
        self.worker(url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        self.assertIsNone(self.db.row(row_id)["reason"])

    def test_no_answer_at_all_is_tried_again(self):
        replies = {
            "dropped": [Reply(then="drop"), Reply()],
            "hangs": [Reply(then="hang"), Reply()],
            "garbage": [Reply(body=b"this is no HTTP\r\n\r\n", then="raw"), Reply()],
            "cut": [Reply(body=b"HTTP/1.1 200 OK\r\nContent-", then="raw"), Reply()],
            "slow": [Reply(delay=3), Reply()],
        }
        receiver = self.answering(replies)
        self.worker(*QUICK, "--request-timeout", "700ms", url=receiver.url)
        ids = {subid: self.db.insert(subid=subid, status="lead") for subid in replies}
        for subid, row_id in ids.items():
            with self.subTest(subid=subid):
                self.wait_for_state(row_id, "delivered")
                self.assertEqual(self.db.row(row_id)["attempts"], 2)
                (attempt,) = self.attempts_of(row_id)
                self.assertIsNone(attempt["http_status"])
                self.assertTrue(attempt["error"])
                self.assertGreaterEqual(attempt["latency_ms"], 600 if subid in ("hangs", "slow") else 0)

    def test_a_200_whose_body_is_cut_short_is_never_lost(self):
        reply = Reply(body=b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nOK", then="raw")
        receiver = self.answering({"abc": [reply, Reply()]})
        self.worker(*QUICK, url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        self.wait_for_states({"delivered": 1})

    def test_failed_attempts_are_kept_with_times(self):
        before = time.time() * 1000
        receiver = self.answering({"abc": [Reply(503, b"one", delay=0.2), Reply(500, b"two"), Reply()]})
        self.worker(*QUICK, url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        first, second = self.attempts_of(row_id)
        self.assertEqual([(a["attempt"], a["http_status"], a["response"]) for a in (first, second)], [(1, 503, "one"), (2, 500, "two")])
        self.assertLessEqual(before - 5, first["started_at"])
        self.assertLess(first["started_at"], second["started_at"])
        self.assertLessEqual(second["started_at"], time.time() * 1000)
        self.assertGreaterEqual(first["latency_ms"], 180)

    def test_only_the_first_300_characters_of_an_answer_are_kept(self):
        body = ("é" * 1000).encode() + b"\x00\xff\x1b[31m"
        receiver = self.answering({"abc": [Reply(503, body), Reply(200, b"x" * 3_000_000)]})
        self.worker(*QUICK, url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        self.assertEqual(self.attempts_of(row_id)[0]["response"], "é" * 300)
        self.assertLessEqual(len(self.db.row(row_id)["response"]), 300)

    def test_an_answer_of_any_bytes_does_no_harm(self):
        receiver = self.answering({"abc": [Reply(503, bytes(range(256))), Reply(200, b"\x00\x00OK")]})
        self.worker(*QUICK, url=receiver.url)
        row_id = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row_id, "delivered")
        response = self.attempts_of(row_id)[0]["response"]
        self.assertEqual(self.db.value("SELECT typeof(response) FROM delivery_attempts"), "text")
        self.assertIn("ABC", response)


if __name__ == "__main__":
    unittest.main()
