"""The page for people, of what the trackers' own records say."""

import json
import unittest

import test_read_back
from harness import wait_until
from page_reader import Viewer
from test_page import Served
from test_read_back import ADMIN_KEY, QUICK


class PageOfReadBack(Served):
    def served(self, *flags, clicks=("a", "b"), sim_flags=()):
        """A simulator that knows these clicks, a worker that reads back from it, and somebody who looks at its page."""
        known = self.write("clicks.txt", "\n".join(clicks) + "\n")
        sim = self.sim("--api-key", ADMIN_KEY, "--clicks", known, *sim_flags)
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\nadmin_url = "{sim.base}"\n'
                                           f'admin_key = "{ADMIN_KEY}"\ncurrency = "usd"\n{QUICK}')
        worker = self.worker("--config", config, "--listen", "127.0.0.1:0", *flags, private=False)
        return sim, config, worker, Viewer(self.listening(worker))

    def wait_for_verdicts(self, **expected):
        def counts():
            return dict(self.db.all("SELECT verdict, count(*) FROM conversions GROUP BY verdict"))
        wait_until(lambda: counts() == expected, 60, lambda: f"the verdicts are {expected}, and they are {counts()}")

    def test_what_is_absent_is_among_the_problems_and_sent_again_from_there(self):
        sim, _, worker, viewer = self.served()
        self.db.insert(subid="a", status="sale", payout="5")
        for n in range(2):
            self.db.insert(subid=f"nobody{n}", status="sale", payout="7.5", currency="usd")
        self.wait_for_verdicts(recorded=1, absent=2)
        page = viewer.shown("/problems", "does not know this click")
        self.assertIn("15 USD", page.text())
        (see,) = [link for link in page.links() if link.startswith("/conversions")]
        listed = viewer.page(see)
        self.assertIn("nobody0", listed.text())
        self.assertIn("nobody1", listed.text())
        self.assertEqual(len([link for link in listed.links() if link.startswith("/click?row=")]), 2)
        (ask,) = [link for link in page.links() if link.startswith("/retry") and "absent" in link]
        question = viewer.page(ask)
        self.assertIn("2 rows", question.text())
        self.assertEqual(sim.stats()["received"], 3, "a GET changes nothing")
        self.assertIn("2 rows are to be sent again", viewer.send(question.forms()[0]).text())
        wait_until(lambda: sim.stats()["received"] == 5, what="both are sent again")
        self.wait_for_line(worker, "page_action_done")
        self.assertNotIn(ADMIN_KEY, worker.stderr() + page.text())

    def test_what_differs_is_told_and_not_sent_again(self):
        sim, _, _, viewer = self.served()
        self.db.insert(subid="a", status="sale", payout="5")
        wait_until(lambda: sim.conversions("a"), what="the tracker has it")
        test_read_back.ReadBack.change_by_hand(sim, subid="a", revenue="9")
        self.wait_for_verdicts(differs=1)
        page = viewer.shown("/problems", "sent 5, the tracker has 9")
        self.assertEqual([link for link in page.links() if link.startswith("/retry")], [])
        viewer.page("/retry?verdict=differs&tracker=default", code=404)
        self.assertEqual(viewer.post("/retry", {"verdict": "differs", "tracker": "default"}).code, 400)
        viewer.page("/conversions?verdict=recorded&tracker=default", code=404)

    def test_our_days_are_put_beside_the_trackers_when_somebody_asks(self):
        sim, config, worker, viewer = self.served()
        for subid in ("a", "b", "nobody"):
            self.db.insert(subid=subid, status="sale", payout="5")
        self.wait_for_verdicts(recorded=2, absent=1)
        test_read_back.ReadBack.change_by_hand(sim, subid="b", revenue="9")
        calls = sim.stats()["admin_calls"]
        page = viewer.page("/drift")
        viewer.page("/drift.csv", code=404)
        self.assertEqual(sim.stats()["admin_calls"], calls, "looking asks nothing")
        (form,) = page.forms()
        viewer.send(form, days="1")
        page = viewer.shown("/drift", "sent 5, the tracker has 9")
        self.assertIn("not at the tracker", page.text())
        self.assertGreater(sim.stats()["admin_calls"], calls)
        verified = self.ko("verify", "--db", self.db_path, "--config", config, "--days", "1", "--csv")
        self.assertEqual(viewer.get("/drift.csv").text.splitlines(), verified.out.splitlines())
        (one,) = json.loads(viewer.get("/drift.json").text)
        self.assertEqual([(i["kind"], i["subid"]) for i in one["items"]], [("differs", "b"), ("missing", "nobody")])
        self.assertEqual(viewer.post("/compare", {"days": "1000"}).code, 400)
        self.wait_for_line(worker, "page_compares days=1 address=127.0.0.1")
        self.assertNotIn(ADMIN_KEY, worker.stderr())

    def test_a_tracker_that_cannot_be_asked_is_named_with_the_reason(self):
        _, _, _, viewer = self.served(sim_flags=("--admin-api", "unpaid"))
        (form,) = viewer.page("/drift").forms()
        viewer.send(form, days="7")
        viewer.shown("/drift", "this edition has no Admin API")

    def test_read_only_compares_nothing(self):
        _, _, _, viewer = self.served("--page", "read-only")
        self.db.insert(subid="nobody", status="sale")
        self.db.insert(subid="a", status="sale")
        self.wait_for_verdicts(recorded=1, absent=1)
        page = viewer.shown("/problems", "does not know this click")
        self.assertEqual([link for link in page.links() if link.startswith("/retry")], [])
        self.assertEqual(viewer.page("/drift").forms(), [])
        self.assertEqual(viewer.post("/compare", {"days": "1"}).code, 404)


if __name__ == "__main__":
    unittest.main()
