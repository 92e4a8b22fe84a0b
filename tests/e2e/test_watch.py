"""`status --watch` as a person sees it: on a terminal, in a pipe, on one that changes its size."""

import json
import os
import re
import signal
import termios
import unittest
import urllib.request

from harness import COMMAND, E2ETest, wait_until
from terminal import Terminal

QUICK = ("--interval", "100ms")


class Watch(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def watch(self, *flags, **options):
        terminal = Terminal([COMMAND, "status", "--watch", "--db", self.db_path, *QUICK, *flags], **options)
        self.addCleanup(terminal.close)
        return terminal

    def assert_given_back(self, terminal):
        """The terminal is as it was: its own page, with a cursor, and keys that are shown."""
        self.assertFalse(terminal.page.alternate)
        self.assertTrue(terminal.page.cursor_shown)
        self.assertEqual(terminal.settings()[3] & (termios.ECHO | termios.ICANON), termios.ECHO | termios.ICANON)
        self.assertEqual(terminal.settings(), terminal.settings_before)
        self.assertEqual(terminal.page.unknown, [])


class OnATerminal(Watch):
    def test_the_page_fits_80_columns_and_follows_what_happens(self):
        terminal = self.watch()
        terminal.wait_for(lambda page: "the outbox is empty" in page.text())
        self.assertTrue(terminal.page.alternate)
        self.assertFalse(terminal.page.cursor_shown)
        self.db.insert(subid="a", status="sale", payout="12.50", currency="usd", tracker="世界e\u0301\x1b[2Jx")
        terminal.wait_for(lambda page: "money waiting" in page.text() and "12.5 usd" in page.text())
        text = terminal.page.text()
        self.assertIn("世界", text)
        self.assertIn("worker: none is running on this host", text)
        (row,) = [line for line in terminal.page.lines() if line.endswith("0          0        0     0          0")]
        self.assertIn(" 1 ", row)
        self.db.execute("UPDATE outbox SET state = 'dead', reason = 'HTTP 422; given up after attempt 3 of 3'")
        terminal.wait_for(lambda page: any(line.startswith("   1  dead") for line in page.lines()))
        self.assertNotIn("money waiting", terminal.page.text())
        terminal.press(b"q")
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)

    def test_what_stands_still_is_not_written_again(self):
        self.db.insert(subid="a", status="sale")
        terminal = self.watch()
        terminal.wait_for(lambda page: "cancelled" in page.text())
        first = terminal.page.lines()[0]
        written = len(terminal.output)
        terminal.wait_for(lambda page: page.lines()[0] != first, what="the clock goes on")
        self.assertNotIn(b"\x1b[2J", terminal.output[written:])
        self.assertNotIn(b"cancelled", terminal.output[written:])

    def test_the_terminal_is_given_back_at_every_end(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                terminal = self.watch()
                terminal.wait_for(lambda page: "the outbox is empty" in page.text())
                terminal.signal(number)
                self.assertEqual(terminal.wait(), 0)
                self.assert_given_back(terminal)

    def test_control_c_ends_it(self):
        terminal = self.watch()
        terminal.wait_for(lambda page: "the outbox is empty" in page.text())
        terminal.press(b"\x03")
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)

    def test_a_page_that_is_too_small_says_what_is_missing_and_a_larger_one_shows_it(self):
        for name in "abcdefgh":
            self.db.insert(subid="x", status="sale", tracker=f"tracker-{name}", payout="1", currency="usd")
        terminal = self.watch(columns=30, rows=8)
        terminal.wait_for(lambda page: "more lines" in page.lines()[7])
        self.assertIn("…", terminal.page.lines()[3])
        terminal.resize(100, 60)
        terminal.wait_for(lambda page: "money waiting, tracker-h: 1 usd" in page.text())
        self.assertNotIn("more line", terminal.page.text())
        terminal.resize(3, 2)
        terminal.wait_for(lambda page: page.lines()[0].strip() != "")
        terminal.press(b"q")
        self.assertEqual(terminal.wait(), 0)
        self.assertEqual(terminal.page.unknown, [])

    def test_a_stop_gives_the_terminal_to_the_shell_and_going_on_takes_it_again(self):
        terminal = self.watch()
        terminal.wait_for(lambda page: "the outbox is empty" in page.text())
        terminal.signal(signal.SIGTSTP)
        wait_until(lambda: terminal.read(0) or os.waitpid(terminal.process.pid, os.WUNTRACED | os.WNOHANG)[0], what="it stops")
        terminal.wait_for(lambda page: not page.alternate)
        self.assert_given_back(terminal)
        terminal.signal(signal.SIGCONT)
        terminal.wait_for(lambda page: page.alternate and "the outbox is empty" in page.text())
        terminal.press(b"q")
        self.assertEqual(terminal.wait(), 0)

    def test_a_database_that_goes_and_comes_back_is_told(self):
        self.db.insert(subid="a", status="sale", tracker="first")
        self.db.close()
        self._database = None
        terminal = self.watch()
        terminal.wait_for(lambda page: "first" in page.text())
        for suffix in ("", "-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.rename(self.db_path + suffix, self.db_path + suffix + ".away")
        terminal.wait_for(lambda page: "trying again" in page.text())
        self.assertIn("first", terminal.page.text(), "the last that was seen stays")
        self.init()
        self.db.insert(subid="a", status="sale", tracker="second")
        terminal.wait_for(lambda page: "second" in page.text() and "trying again" not in page.text())
        self.assertNotIn("first", terminal.page.text())

    def test_colours_are_left_out_where_they_are_not_wanted(self):
        self.db.insert(subid="a", status="sale")
        for env, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
            with self.subTest(env):
                terminal = self.watch(env=env)
                terminal.wait_for(lambda page: "cancelled" in page.text())
                self.assertEqual(b"\x1b[31m" in terminal.output, coloured)

    def test_a_dumb_terminal_gets_snapshots(self):
        terminal = self.watch(env={"TERM": "dumb"})
        wait_until(lambda: terminal.read() or terminal.output.count(b"the outbox is empty") >= 2)
        self.assertNotIn(b"\x1b", terminal.output)


class WithABrokenTracker(Watch):
    def test_breaker_and_reasons_are_seen_and_the_repair_too(self):
        sim = self.sim("--fail", "503:1")
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\n')
        names = ("subid", "status", "payout", "currency")
        self.db.insert_many(names, [(f"s{i}", "sale", "0.10", "usd") for i in range(40)])
        self.worker("--config", config, *("--retry-first-delay", "50ms", "--retry-max-delay", "200ms"), private=False)
        terminal = self.watch("--config", config)
        terminal.wait_for(lambda page: "worker: running" in page.text() and "HTTP 503" in page.text())
        self.assertIn("money waiting, default: 4 usd", terminal.page.text())
        (row,) = [line for line in terminal.page.lines() if line.endswith("HTTP 503") and "pending" in line]
        self.assertRegex(row, r"^ *\d+  pending  default  HTTP 503$")
        self.assertNotIn(sim.key, terminal.page.text())
        status = self.ko_json("status", "--db", self.db_path)
        self.assertEqual(status["trackers"][0]["reasons"]["pending"][0]["reason"], "HTTP 503")
        self.assertEqual(status["trackers"][0]["pending_payout"], [{"currency": "usd", "amount": "4"}])
        urllib.request.urlopen(sim.base + "/sim/trouble", data=b'{"fail": {}}', timeout=30).close()
        terminal.wait_for(lambda page: re.search(r"^default +0 +40 +0 +0 +0 +0$", page.text(), re.MULTILINE))
        self.assertNotIn("HTTP 503", terminal.page.text())
        self.assertNotIn("money waiting", terminal.page.text())

    def test_what_the_worker_writes_of_a_breaker_is_told_in_words(self):
        self.db.insert(subid="a", status="sale")
        self.db.execute(
            "INSERT INTO outbox_trackers (tracker, paused_at, breaker, breaker_at, next_try_at, reason) VALUES"
            " ('default', NULL, 'open', 1, 4102444800000, 'HTTP 503'), ('partner', 1, 'closed', NULL, NULL, NULL)"
        )
        terminal = self.watch()
        terminal.wait_for(lambda page: "default: fails for all, sending is stopped" in page.text())
        self.assertIn("partner: paused: `keitaro-outbox resume partner` lets it go on", terminal.page.text())
        out = self.ko("explain", "1", "--db", self.db_path).out
        self.assertIn("the tracker fails for all", out)
        self.db.execute("UPDATE outbox_trackers SET breaker = 'closed', paused_at = NULL")
        terminal.wait_for(lambda page: "fails for all" not in page.text() and "paused" not in page.text())


class InAPipe(Watch):
    def snapshots(self, *flags):
        child = self.start("watch", [COMMAND, "status", "--watch", "--db", self.db_path, *QUICK, *flags])
        wait_until(lambda: child.stdout().count("worker") >= 3, what=lambda: child.output())
        child.signal(signal.SIGINT)
        self.assertEqual(child.wait(), 0)
        self.assertNotIn("\x1b", child.output())
        return child.stdout()

    def test_it_is_a_snapshot_each_interval(self):
        self.db.insert(subid="a", status="sale")
        out = self.snapshots()
        self.assertRegex(out, r"\A\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\nworker: none is running on this host\n")
        self.assertGreaterEqual(out.count("tracker  pending  delivered"), 3)

    def test_as_json_it_is_an_object_a_line_with_a_pace_from_the_second_on(self):
        self.db.insert(subid="a", status="sale")
        looks = [json.loads(line) for line in self.snapshots("--json").splitlines()]
        self.assertGreaterEqual(len(looks), 3)
        self.assertIsNone(looks[0]["trackers"][0]["pace"])
        self.assertEqual(looks[1]["trackers"][0]["pace"], {"finished_per_second": 0.0, "empty_in_ms": None, "grows": False})

    def test_what_is_finished_between_two_looks_makes_the_pace(self):
        receiver = self.receiver()
        self.worker("--rate", "100", url=receiver.url)
        child = self.start("watch", [COMMAND, "status", "--watch", "--json", "--db", self.db_path, *QUICK])
        self.db.insert_many(("subid", "status"), [(f"s{i}", "sale") for i in range(1500)])

        def paces():
            looks = [json.loads(line) for line in child.stdout().splitlines(keepends=True) if line.endswith("\n")]
            return [view["pace"] for look in looks for view in look["trackers"] if view["pace"]]

        wait_until(lambda: any(pace["finished_per_second"] > 20 and pace["empty_in_ms"] for pace in paces()), what=lambda: paces())

    def test_a_file_that_is_not_there_is_one_line(self):
        result = self.ko("status", "--watch", "--db", self.path("absent.db"), timeout=20)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)


if __name__ == "__main__":
    unittest.main()
