"""A tracker that is paused, by the command or by SQL: nothing new is sent to it, the others notice nothing."""

import signal
import threading
import unittest

from harness import E2ETest, wait_until
from receiver import Reply


class Paused(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def two_trackers(self, one, other):
        return self.write("outbox.toml", "".join(
            f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\n'
            for name, receiver in (("default", one), ("other", other))))

    def pause(self, *args, verb="pause", tracker="default", code=0):
        result = self.ko(verb, tracker, "--db", self.db_path, *args)
        self.assertEqual(result.code, code, result)
        return result

    def test_nothing_is_sent_while_it_lasts_and_others_are_served(self):
        one, other = self.receiver(), self.receiver()
        config = self.two_trackers(one, other)
        self.assertEqual(self.pause("--config", config), (0, "default is paused: nothing is sent to it until "
                                                             "`keitaro-outbox resume default`\n", ""))
        worker = self.worker("--config", config)
        waiting = self.db.insert(subid="a", status="sale")
        sent = self.db.insert(subid="a", status="sale", tracker="other")
        self.wait_for_state(sent, "delivered")
        self.assert_stays(lambda: one.count() == 0, 0.3, "nothing is sent to the paused tracker")
        checked = self.ko("check", "--offline", "--db", self.db_path, "--config", config).out
        self.assertIn("warn  pause of default: nothing is sent to it until `keitaro-outbox resume default`\n", checked)
        self.pause("--config", config, verb="resume")
        self.wait_for_state(waiting, "delivered", timeout=5)
        self.assertIn("paused tracker=default", worker.stderr())
        self.assertIn("resumed tracker=default", worker.stderr())

    def test_what_is_in_flight_ends_normally_and_the_rest_waits(self):
        answered = threading.Event()
        receiver = self.receiver(lambda request: answered.wait(30) and Reply())
        self.addCleanup(answered.set)
        rows = [self.db.insert(subid=f"c{n}", status="sale") for n in range(5)]
        worker = self.worker("--concurrency", "2", url=receiver.url)
        wait_until(lambda: receiver.count() == 2, what="two requests are in flight")
        self.pause()
        self.wait_for_line(worker, "paused tracker=default")
        answered.set()
        self.wait_for_states({"delivered": 2, "pending": 3})
        self.assert_stays(lambda: receiver.count() == 2, 0.3, "the others wait")
        self.pause(verb="resume")
        self.wait_for_states({"delivered": len(rows)}, timeout=5)

    def test_a_pause_by_sql_is_noticed_and_outlives_the_worker(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        row = self.db.insert(subid="a", status="lead")
        self.wait_for_state(row, "delivered")
        self.shell("INSERT INTO outbox_trackers (tracker, paused_at) VALUES ('default', 1)"
                   " ON CONFLICT (tracker) DO UPDATE SET paused_at = 1")
        self.wait_for_line(worker, "paused tracker=default")
        row = self.db.insert(subid="a", status="sale")
        worker.signal(signal.SIGKILL)
        worker.wait()
        again = self.worker(url=receiver.url)
        self.wait_for_line(again, "paused tracker=default")
        self.assert_stays(lambda: receiver.count() == 1, 0.3, "nothing is sent")
        self.shell("UPDATE outbox_trackers SET paused_at = NULL WHERE tracker = 'default'")
        self.wait_for_state(row, "delivered", timeout=5)

    def test_a_drain_does_not_wait_for_its_rows_and_says_so(self):
        one, other = self.receiver(), self.receiver()
        config = self.two_trackers(one, other)
        self.pause()
        self.db.insert(subid="a", status="sale")
        self.db.insert(subid="b", status="sale", tracker="other")
        result = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual((result.code, result.out), (4, "delivered 1, duplicate 0, refused 0, dead 0\n"))
        self.assertEqual(result.err.splitlines()[-1],
                         "keitaro-outbox: rows are still pending for trackers that are paused "
                         "(`resume` lets them go on): default")
        summary = self.ko_json("drain", "--db", self.db_path, "--config", config, code=4)
        self.assertEqual((summary["paused_trackers"], summary["pending_left"]), (["default"], True))
        self.pause(verb="resume")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        self.assertEqual(one.count(), 1)

    def test_a_pause_without_rows_is_no_matter_to_a_drain(self):
        receiver = self.receiver()
        self.pause()
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private").code, 0)

    def test_what_the_verbs_say(self):
        config = self.two_trackers(self.receiver(), self.receiver())
        self.pause()
        self.assertEqual(self.pause().out, "default was paused already\n")
        known = self.pause("--json", "--config", config).out
        self.assertRegex(known, r'"tracker": ?"default"')
        self.assertRegex(known, r'"known": ?true')
        self.assertRegex(known, r'"paused_at": ?\d{13}')
        self.assertEqual(self.pause(verb="resume").out, "default goes on\n")
        self.assertEqual(self.pause(verb="resume").out, "default was not paused\n")
        unknown = self.pause("--config", config, tracker="othr", code=2)
        self.assertEqual(unknown.err, "keitaro-outbox: the configuration has no tracker 'othr', and no row or worker knows it: did you mean "
                                      "'other'? --force takes the name as it is\n")
        self.assertIsNone(self.db.value("SELECT 1 FROM outbox_trackers WHERE tracker = 'othr'"))
        unknown = self.pause("--force", "--config", config, tracker="othr")
        self.assertIn("othr is paused", unknown.out)
        self.assertEqual(unknown.err, "keitaro-outbox: the configuration has no tracker 'othr': did you mean 'other'?\n")

    def test_a_configuration_that_cannot_be_read_does_not_stop_it(self):
        config = self.write("broken.toml", '[[tracker]]\nurl = "https://example.com/${NOT_SET}/postback"\n')
        result = self.pause("--config", config)
        self.assertIn("default is paused", result.out)
        self.assert_one_line(result.err)
        self.assertIn("NOT_SET", result.err)
        self.assertIsNotNone(self.db.value("SELECT paused_at FROM outbox_trackers WHERE tracker = 'default'"))

    def test_wrong_usage_is_one_line(self):
        for args in (["pause", "--db", self.db_path], ["resume", "", "--db", self.db_path], ["pause", "default"]):
            with self.subTest(args):
                result = self.ko(*args)
                self.assertEqual(result.code, 2)
                self.assert_one_line(result.err)


class Breaker(E2ETest):
    """What `outbox_trackers` tells of a tracker in trouble, to whoever looks."""

    def test_an_outage_is_seen_from_the_sqlite3_shell_while_it_lasts(self):
        self.init()
        down = threading.Event()
        down.set()
        receiver = self.receiver(lambda request: Reply(503 if down.is_set() else 200))
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(300)])
        self.worker("--retry-first-delay", "20ms", "--retry-max-delay", "100ms", url=receiver.url)
        look = "SELECT breaker, reason, next_try_at > breaker_at FROM outbox_trackers WHERE tracker = 'default'"
        wait_until(lambda: self.shell(look).out == "open|HTTP 503|1\n", what=lambda: f"it is open: {self.shell(look)}")
        down.clear()
        self.wait_for_states({"delivered": 300}, timeout=60)
        wait_until(lambda: self.shell(look).out == "closed||\n", what=lambda: f"it is closed: {self.shell(look)}")


if __name__ == "__main__":
    unittest.main()
