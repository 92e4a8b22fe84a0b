"""The page for people: what it shows, what it does, and who may ask for it."""

import html
import re
import time
import unittest
import urllib.parse

from harness import KEY, E2ETest
from page_reader import Page, Viewer
from receiver import Reply

SCREENS = ("/", "/trackers", "/problems", "/click", "/rows", "/rejects", "/drift", "/actions")
HOSTILE = '<script>alert(1)</script>"\'&<b>\x1b[31m\u202e'


class Served(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def page_of(self, *flags, config=None, password=None, host=None):
        """`keitaro-outbox page` on a free port, and somebody who looks at it."""
        args = ["--config", self.write("outbox.toml", config)] if config is not None else []
        served = self.worker("--listen", "127.0.0.1:0", *args, *flags, verb="page", private=False)
        return served, Viewer(self.listening(served), password=password, host=host)

    def run_with_page(self, receiver, *flags):
        worker = self.worker("--listen", "127.0.0.1:0", "--retry-first-delay", "50ms", "--retry-max-delay", "100ms", "--max-attempts", "2", *flags, url=receiver.url)
        return worker, Viewer(self.listening(worker))


class Showing(Served):
    def test_every_screen_is_well_formed_in_an_empty_outbox(self):
        _, viewer = self.page_of()
        viewer.shown("/", "The outbox is empty.")
        for path in SCREENS:
            viewer.page(path)
        self.assertIn("No row is in trouble.", viewer.page("/problems").text())
        viewer.page("/nothing", code=404)

    def test_hostile_values_are_shown_and_do_nothing(self):
        self.db.execute("PRAGMA ignore_check_constraints = 1")
        for state in ("dead", "refused", "delivered", "pending"):
            self.db.insert(tracker=HOSTILE, campaign=HOSTILE, subid=HOSTILE + state, status=HOSTILE, tid=HOSTILE, event_id=HOSTILE + state, payout="12.5",
                           currency="usd", state=state, reason=HOSTILE, response=HOSTILE, attempts=3, due_at=9_000_000_000_000 if state == "pending" else 0, finished_at=1)
        self.db.execute("INSERT INTO outbox_trackers (tracker, paused_at, breaker, breaker_at, reason) VALUES (?, 5, 'open', 5, ?)", (HOSTILE, HOSTILE))
        self.db.execute("INSERT INTO intake_rejects (received_at, source, method, query, body, reason) VALUES (1, ?, 'POST', ?, ?, ?)", (HOSTILE,) * 4)
        self.db.execute("INSERT INTO delivery_attempts (outbox_id, attempt, started_at, latency_ms, error, response) VALUES (1, 1, 1, 1, ?, ?)", (HOSTILE, HOSTILE))
        _, viewer = self.page_of()
        asked = urllib.parse.quote(HOSTILE)
        viewer.shown("/problems", "<script>alert(1)</script>")
        for path in (*SCREENS, f"/click?q={asked}dead", f"/rows?subid={asked}dead&reason={asked}&state={asked}", "/click?row=1", f"/nothing/{asked}"):
            answer = viewer.get(path)
            self.assertNotIn("<script>alert", answer.text, path)
            self.assertNotIn("\x1b", answer.text, path)
            self.assertEqual(Page(answer.text).faults, [], path)
        for link in {link for path in SCREENS for link in viewer.page(path).links()}:
            if link.startswith("/") and not link.startswith(("/rows.csv", "/metrics", "/healthz", "/readyz")):
                self.assertEqual(Page(viewer.get(link).text).faults, [], link)

    def test_what_waits_is_told_with_its_worth_and_what_to_do(self):
        self.db.insert(subid="a", status="sale", payout="12.50", currency="USD")
        self.db.insert(subid="b", status="sale", payout="7", currency="eur")
        self.db.insert(subid="c", status="sale", payout="1000.5", currency="usd")
        _, viewer = self.page_of()
        page = viewer.shown("/", "1,013 USD")
        self.assertIn("7 EUR", page.text())
        self.assertIn("No worker runs on this host.", page.text())
        self.assertIn("Waiting3", page.text().replace(" ", ""))

    def test_a_clicks_story_is_found_by_click_transaction_event_and_row(self):
        receiver = self.receiver()
        row = self.db.insert(subid="click1", status="sale", tid="order-7", event_id="event-7", payout="12.5", currency="usd")
        self.db.insert(subid="other", status="lead")
        self.drain(receiver)
        _, viewer = self.page_of("--to", receiver.url)
        for asked in ("click1", "order-7", "event-7", str(row)):
            page = viewer.page("/click?q=" + asked)
            self.assertIn(f"Row {row}: sale", page.text(), asked)
            self.assertIn("delivered: HTTP 200", page.text(), asked)
            self.assertIn("took in last: sale", page.text(), asked)
            self.assertNotIn("other", page.text())
        self.assertIn("/***/postback", viewer.get(f"/click?row={row}").text)
        self.assertNotIn(KEY, viewer.get(f"/click?row={row}").text)
        self.assertIn("No row was found", viewer.page("/click?q=nobody").text())

    def test_rows_are_filtered_by_the_address_and_paged_and_saved(self):
        self.insert_clicks(120)
        self.db.execute("UPDATE outbox SET state = 'dead', reason = 'HTTP 422' WHERE id % 2 = 0")
        _, viewer = self.page_of()
        seen = []
        path = "/rows?state=dead&reason=http+422"
        while path:
            page = viewer.page(path)
            seen += [int(e["text"]) for e in page.all("a") if e["attrs"]["href"].startswith("/click?row=")]
            older = [e for e in page.all("a") if e["text"] == "Older rows"]
            path = older[0]["attrs"]["href"] if older else None
        self.assertEqual(seen, sorted(range(2, 121, 2), reverse=True))
        saved = viewer.get("/rows.csv?state=dead")
        self.assertEqual(len(saved.text.splitlines()), 61)
        self.assertIn("text/csv", saved.headers["Content-Type"])


class Doing(Served):
    def test_rows_that_failed_for_one_reason_are_sent_again_from_the_page_alone(self):
        broken = {"on": True}
        receiver = self.receiver(lambda request: Reply(422) if broken["on"] and request.subid.startswith("bad") else Reply())
        for n in range(3):
            self.db.insert(subid=f"bad{n}", status="lead", payout="2", currency="usd")
        self.db.insert(subid="odd", status="nonsense")
        worker, viewer = self.run_with_page(receiver)
        self.wait_for_states({"dead": 3, "refused": 1})
        page = viewer.shown("/problems", "HTTP 422")
        self.assertIn("6 USD", page.text())
        ask = [link for link in page.links() if link.startswith("/retry") and "422" in link]
        self.assertEqual(len(ask), 1)
        before = self.db.states()
        question = viewer.page(ask[0])
        self.assertIn("3 rows", question.text())
        self.assertEqual(self.db.states(), before, "a GET changes nothing")
        broken["on"] = False
        done = viewer.send(question.forms()[0], pace="100")
        self.assertIn("3 rows are to be sent again, the last one at", done.text())
        self.wait_for_states({"delivered": 3, "refused": 1})
        self.wait_for_line(worker, "page_action_done")
        self.assertRegex(worker.stderr(), r'page_action action=1 what="send again the dead rows of default: [^"]*HTTP 422; 100 a second" address=127.0.0.1')
        viewer.shown("/", "3 delivered")

    def test_every_action_is_done_and_logged(self):
        receiver = self.receiver(lambda request: Reply(503))
        served, viewer = self.page_of("--to", receiver.url)
        waiting = self.db.insert(subid="a", status="lead", attempts=1, reason="HTTP 503; attempt 1 of 20", due_at=9_000_000_000_000)
        dead = self.db.insert(subid="b", status="lead", state="dead", reason="HTTP 422")
        row = self.db.insert(subid="c", status="lead")
        viewer.shown("/trackers", "default")
        self.assertIn("default is paused", viewer.send([f for f in viewer.page("/trackers").forms() if f[0] == "/pause"][0]).text())
        self.assertIsNotNone(self.db.value("SELECT paused_at FROM outbox_trackers"))
        page = viewer.shown("/trackers", "Nothing is sent to it")
        self.assertIn("default goes on", viewer.send([f for f in page.forms() if f[0] == "/resume"][0]).text())
        self.assertIn(f"row {row} was cancelled", viewer.send(viewer.page(f"/cancel?id={row}").forms()[0]).text())
        self.assertIn(f"row {dead} is to be sent again", viewer.send(viewer.page(f"/retry?id={dead}").forms()[0]).text())
        viewer.shown("/problems", "HTTP 503")
        ask = [link for link in viewer.page("/problems").links() if link.startswith("/cancel")]
        self.assertIn("1 row was cancelled", viewer.send(viewer.page(ask[0]).forms()[0]).text())
        self.assertEqual(self.db.state(waiting), "cancelled")
        self.assertIn("cancel row", viewer.page("/actions").text())
        for what in ("pause default", "resume default", f"cancel row {row}", f"send again row {dead}", "cancel the rows being tried again"):
            self.assertIn(what, served.stderr())

    def test_rejects_are_read_again_by_their_group(self):
        config = '[intake]\nlisten = "127.0.0.1:0"\n[[source]]\nname = "net"\nkey = "abcdefghijklmnop1234"\n[[tracker]]\nurl = "http://127.0.0.1:9/k/postback"\n'
        for subid in ("a", "b"):
            self.db.execute("INSERT INTO intake_rejects (received_at, source, method, query, reason) VALUES (5, 'net', 'GET', ?, 'mended since')", (f"subid={subid}&status=lead",))
        self.db.execute("INSERT INTO intake_rejects (received_at, source, method, query, reason) VALUES (5, 'net', 'GET', 'subid=c&status=lead', 'another')")
        _, viewer = self.page_of(config=config)
        page = viewer.shown("/rejects", "mended since")
        ask = [link for link in page.links() if link.startswith("/replay") and "mended" in link]
        question = viewer.page(ask[0])
        self.assertIn("2 requests", question.text())
        self.assertIn("2 rows were added", viewer.send(question.forms()[0]).text())
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), 2)


class Guarding(Served):
    def test_forms_are_taken_from_the_page_itself_alone(self):
        _, viewer = self.page_of()
        self.db.insert(subid="a", status="lead")
        own = "http://" + viewer.address
        for headers, code in (({}, 403), ({"Sec-Fetch-Site": "cross-site"}, 403), ({"Sec-Fetch-Site": "none"}, 403), ({"Origin": "http://evil.example"}, 403),
                              ({"Origin": "null"}, 403), ({"Sec-Fetch-Site": "cross-site", "Origin": own}, 403),
                              ({"Sec-Fetch-Site": "same-origin", "Content-Type": "text/plain"}, 415), ({"Origin": own}, 303), ({"Sec-Fetch-Site": "same-origin"}, 303)):
            self.assertEqual(viewer.post("/cancel", {"id": "1"}, headers).code, code, headers)
            self.assertEqual(self.db.state(1), "pending" if code != 303 else "cancelled")
            self.db.execute("UPDATE outbox SET state = 'pending'")
        for path in ("/", "/rows", "/retry", "/pause", "/resume"):
            self.assertIn(viewer.post(path, {"tracker": "nobody"}).code, (400, 404), path)
        for number in ("0", "-1", "99999999999999999999", "x"):
            self.assertIn(viewer.post("/cancel", {"id": number}).code, (303, 400), number)
        self.assertEqual(viewer.post("/cancel", {"state": "dead", "tracker": "default", "kind": ""}).code, 400)

    def test_a_name_that_points_here_by_somebody_elses_wish_is_refused(self):
        config = 'page_hosts = ["outbox.example.com"]\n[[tracker]]\nurl = "http://127.0.0.1:9/k/postback"\n'
        _, viewer = self.page_of(config=config)
        for host, code in (("evil.example", 421), ("127.0.0.1.evil.example", 421), ("outbox.example.com", 200), ("localhost:1", 200), ("[::1]:80", 200), (viewer.address, 200)):
            self.assertEqual(Viewer("http://" + viewer.address, host=host).get("/").code, code, host)
        self.assertEqual(Viewer("http://" + viewer.address, host="evil.example").get("/healthz").code, 200)

    def test_the_password_is_asked_for_and_guesses_wait(self):
        config = 'page_password = "open sesame"\n[[tracker]]\nurl = "http://127.0.0.1:9/k/postback"\n'
        served, nobody = self.page_of(config=config)
        answer = nobody.get("/")
        self.assertEqual((answer.code, answer.headers["WWW-Authenticate"].split()[0]), (401, "Basic"))
        self.assertNotIn("Now", answer.text)
        self.assertEqual(nobody.get("/metrics").code, 200)
        base = "http://" + nobody.address
        begun = time.monotonic()
        self.assertEqual(Viewer(base, password="open sesam").get("/").code, 401)
        self.assertGreater(time.monotonic() - begun, 1.5, "a wrong password is answered later")
        friend = Viewer(base, password="open sesame")
        friend.page("/problems")
        self.db.insert(subid="a", status="lead")
        self.assertEqual(nobody.post("/cancel", {"id": "1"}).code, 401)
        self.assertEqual(friend.post("/cancel", {"id": "1"}).code, 303)
        self.wait_for_line(served, "user=anna")
        self.wait_for_line(served, "page_password_wrong")
        self.assertNotIn("sesam", served.stderr())

    def test_read_only_has_neither_forms_nor_handlers(self):
        self.db.insert(subid="a", status="lead", state="dead", reason="HTTP 422")
        _, viewer = self.page_of("--page", "read-only")
        viewer.shown("/problems", "HTTP 422")
        for path in (*SCREENS, "/click?row=1", "/rows?state=dead"):
            page = viewer.page(path)
            self.assertEqual(page.forms(), [], path)
            self.assertEqual([link for link in page.links() if link.startswith(("/retry", "/cancel", "/replay"))], [], path)
        for path in ("/retry", "/cancel", "/pause", "/resume", "/replay"):
            self.assertEqual(viewer.post(path, {"id": "1", "tracker": "default"}).code, 404, path)
            self.assertEqual(viewer.get(path + "?id=1").code, 404, path)

    def test_every_answer_has_the_headers_that_keep_it_safe(self):
        _, viewer = self.page_of()
        for path in (*SCREENS, "/style.css", "/page.js", "/icon.svg", "/rows.csv", "/nothing"):
            headers = viewer.get(path).headers
            self.assertTrue(headers["Content-Security-Policy"].startswith("default-src 'none';"), path)
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"])
            self.assertEqual((headers["Cache-Control"], headers["X-Content-Type-Options"]), ("no-store", "nosniff"), path)
        self.assertLessEqual(len(viewer.get("/page.js").text), 10_000)
        self.assertNotRegex(viewer.get("/style.css").text, r"url\(|@import")

    def test_beyond_loopback_there_is_no_page_without_a_password(self):
        result = self.ko("page", "--db", self.db_path, "--listen", "0.0.0.0:0")
        self.assertEqual(result.code, 2, result)
        self.assertIn("page_password", result.err)
        receiver = self.receiver()
        worker = self.worker("--listen", "0.0.0.0:0", url=receiver.url)
        base = self.listening(worker).replace("0.0.0.0", "127.0.0.1")
        self.wait_for_line(worker, "page_not_served")
        self.assertNotIn("<html", Viewer(base).get("/").text)
        off = self.worker("--listen", "127.0.0.1:0", "--page", "off", url=receiver.url)
        self.assertNotIn("<html", Viewer(self.listening(off)).get("/").text)


class Lasting(Served):
    def test_after_a_kill_the_chart_is_read_from_the_table(self):
        receiver = self.receiver()
        self.insert_clicks(5)
        worker, viewer = self.run_with_page(receiver)
        self.wait_for_states({"delivered": 5})
        viewer.shown("/", "5 delivered")
        worker.kill()
        _, viewer = self.run_with_page(receiver)
        page = viewer.shown("/", "5 delivered")
        self.assertEqual(len(page.all("svg")), 1)
        self.assertTrue(re.search(r"5 delivered, 0 tries failed", html.unescape(page.all("svg")[0]["text"])))


if __name__ == "__main__":
    unittest.main()
