"""The page for people in a real browser: clicked through, at every width, in both colour schemes, and without JavaScript."""

import os
import unittest

from browser import DRIVER, FAINT, OVERFLOW, TAB, Browser
from harness import BUILD_DIR, E2ETest, wait_until

SCREENS = ("/", "/trackers", "/problems", "/click?q=shop-click-1", "/rows", "/rejects", "/drift", "/conversions?verdict=absent&tracker=default", "/actions")
SHOTS = os.path.join(BUILD_DIR, "tests", "browser-screenshots")


class InBrowser(E2ETest):
    """A worker with rows of every kind, and one who looks at its page."""

    script = True

    def setUp(self):
        super().setUp()
        self.assertTrue(DRIVER, "chromedriver is missing: tools/install-dependencies installs it")
        os.makedirs(SHOTS, exist_ok=True)
        self.init()
        receiver = self.receiver()
        for n in range(60):
            self.db.insert(subid=f"shop-click-{n}", status="sale", tid=f"order-{n}", payout="12.50", currency="usd")
        for n in range(3):
            self.db.insert(subid=f"bad-{n}-" + "x" * 200, status="lead", payout="4", currency="eur", state="dead", attempts=3,
                           reason="the tracker refused it with HTTP 422; given up after attempt 3 of 20", http_status=422, finished_at=1_700_000_000_000)
        self.db.insert(subid="odd", status="<b>nonsense</b>" + "y" * 60)
        self.db.insert(tracker="unknown-" + "z" * 80, subid="later", status="lead", payout="7", currency="usd")
        self.db.execute("INSERT INTO intake_rejects (received_at, source, method, query, reason) VALUES (5, 'net', 'GET', ?, 'subid is missing')", ("a=" + "q" * 300,))
        worker = self.worker("--listen", "127.0.0.1:0", "--retry-first-delay", "50ms", "--retry-max-delay", "100ms", url=receiver.url)
        self.base = self.listening(worker)
        self.wait_for_states({"delivered": 60, "dead": 3, "refused": 1, "pending": 1})
        self.browser = Browser(self.script)
        self.addCleanup(self.browser.close)

    def shows(self, text, path=None):
        """Waits until the page shows a text; where a path is given, opens it again and again."""
        def look():
            if path:
                self.browser.open(self.base + path)
            return text in self.browser.text()
        wait_until(look, 30, lambda: f"{text!r} is shown: {self.browser.text()}", step=0.1)

    def shoot(self, name):
        self.browser.screenshot(os.path.join(SHOTS, name + ".png"))


class WithScript(InBrowser):
    def test_a_person_finds_what_failed_and_sends_it_again(self):
        browser = self.browser
        self.shows("3 rows were given up", "/")
        browser.click(browser.named("See why, and what to do"))
        self.shows("HTTP 422")
        self.assertIn("12 EUR", browser.text())
        browser.click(browser.named("Send again…"))
        self.shows("3 rows")
        self.shoot("question")
        browser.type(browser.element("#pace"), "50")
        browser.click(browser.named("Send them again"))
        self.shows("3 rows are to be sent again")
        self.wait_for_states({"delivered": 63, "refused": 1, "pending": 1})

        # The page shows by itself that they are gone.
        browser.click(browser.named("Problems"))
        wait_until(lambda: "Problems" in browser.text() and "HTTP 422" not in browser.text(), 30, browser.text, step=0.1)

        # Refreshing is a switch that is remembered.
        browser.click(browser.named("Pause refreshing"))
        self.assertIn("Not refreshed.", browser.text())
        browser.click(browser.named("Trackers"))
        self.assertIn("Not refreshed.", browser.text())
        browser.click(browser.named("Refresh each 2 seconds"))
        browser.click(browser.named("Show times in UTC"))
        self.assertIn("UTC", browser.text("#trackers"))

        browser.click(browser.named("Pause default"))
        self.shows("default is paused")
        self.shows("Resume default", "/trackers")

        # Search, filter, back.
        browser.type(browser.element(".find input"), "shop-click-7")
        browser.click(browser.named("Find"))
        self.shows("sale to default")
        self.assertIn("HTTP 200", browser.text())
        browser.click(browser.named("Rows"))
        self.shows("Older rows")
        browser.run("document.querySelector('#f-state').value = 'refused'")
        browser.click(browser.named("Show"))
        self.shows("odd")
        self.assertIn("state=refused", browser.address())
        browser.back()
        self.shows("shop-click-59")
        browser.back()
        self.shows("sale to default")
        self.assertEqual(browser.complaints(), [])

    def test_it_is_readable_at_every_width_and_in_both_schemes(self):
        browser = self.browser
        self.shows("3 rows were given up", "/")
        faults = []
        for scheme in ("light", "dark"):
            browser.scheme(scheme)
            for path in SCREENS:
                browser.open(self.base + path)
                name = path.split("?")[0].strip("/") or "now"
                faint = browser.run(FAINT)
                faults += [f"{path} {scheme}: {text}" for text in faint]
                for width in (400, 1000, 1600, 3840) if scheme == "light" else (1600,):
                    browser.size(width)
                    faults += [f"{path} at {width}: {text}" for text in browser.run(OVERFLOW)]
                    self.shoot(f"{name}-{scheme}-{width}")
        self.assertEqual(faults, [])
        browser.open(self.base + "/")
        browser.click(browser.named("Pause refreshing"))
        browser.run("document.activeElement.blur(); window.getSelection().removeAllRanges(); document.body.focus()")
        browser.open(self.base + "/")
        order = []
        for _ in range(9):
            browser.press(TAB)
            order.append(browser.run(
                "const e = document.activeElement; const s = getComputedStyle(e);"
                "return [[...document.querySelectorAll('*')].indexOf(e), e.textContent.trim() || e.name, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]"))
        self.assertEqual([place for place, _, _ in order], sorted(place for place, _, _ in order), order)
        self.assertEqual(len({place for place, _, _ in order}), 9, order)
        self.assertTrue(all(visible for _, _, visible in order), order)
        self.assertEqual(order[0][1], "To the content")


class WithoutScript(InBrowser):
    script = False

    def test_everything_can_be_done_without_javascript(self):
        browser = self.browser
        self.shows("HTTP 422", "/problems")
        self.assertNotIn("Pause refreshing", browser.text())
        self.assertIn("UTC", browser.text())
        browser.click(browser.named("Send again…"))
        self.shows("3 rows")
        browser.click(browser.named("Send them again"))
        self.shows("3 rows are to be sent again")
        self.wait_for_states({"delivered": 63, "refused": 1, "pending": 1})
        self.shoot("without-script")


if __name__ == "__main__":
    unittest.main()
