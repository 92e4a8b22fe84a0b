"""SIGHUP: the configuration is taken anew, whole or not at all, and the log says what changed."""

import os
import pty
import signal
import subprocess
import threading
import time
import unittest

from harness import COMMAND, KEY, E2ETest, clean_environment, wait_until
from receiver import Reply


class Reload(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def configure(self, *trackers, process=""):
        """Each tracker a (name, receiver) or (name, receiver, further lines)."""
        text = process + "\n"
        for name, receiver, *more in trackers:
            text += f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\n' + "\n".join(more) + "\n"
        return self.write("outbox.toml", text)

    def started(self, *flags, **options):
        worker = self.worker(*flags, **options)
        self.wait_for_line(worker, "start version")
        return worker

    def hang_up(self, worker, expected):
        before = worker.stderr()
        worker.signal(signal.SIGHUP)
        wait_until(lambda: expected in worker.stderr()[len(before):], what=lambda: f"{expected!r} in {worker.stderr()[len(before):]!r}")
        return worker.stderr()[len(before):]

    def test_trackers_come_and_go(self):
        old, kept, new = self.receiver(), self.receiver(), self.receiver()
        config = self.configure(("old", old), ("default", kept))
        worker = self.started("--config", config)
        self.db.insert(subid="a", status="sale", tracker="old")
        waiting = self.db.insert(subid="a", status="sale", tracker="new")
        self.wait_for_states({"delivered": 1, "pending": 1})
        self.configure(("default", kept), ("new", new))
        said = self.hang_up(worker, "reloaded")
        self.assertIn("reloaded added=new removed=old", said)
        self.wait_for_state(waiting, "delivered")
        late = self.db.insert(subid="b", status="sale", tracker="old")
        wait_until(lambda: "no tracker named 'old'" in (self.db.row(late)["reason"] or ""), what="the row's reason")
        self.assertEqual((old.count(), new.count()), (1, 1))

    def test_what_is_in_flight_ends_and_the_rest_goes_to_the_new_address(self):
        answered = threading.Event()
        self.addCleanup(answered.set)
        one, other = self.receiver(lambda request: answered.wait(30) and Reply()), self.receiver()
        config = self.configure(("default", one, "concurrency = 1"))
        worker = self.started("--config", config)
        self.db.insert_many(("subid", "status"), [("a", "lead"), ("a", "sale"), ("b", "lead")])
        wait_until(lambda: one.count() == 1, what="the first is in flight")
        self.configure(("default", other, "concurrency = 5"))
        said = self.hang_up(worker, "reloaded")
        self.assertIn('reloaded changed="default (url, concurrency)"', said)
        wait_until(lambda: other.count() == 1, what="the other click goes to the new address")
        self.assertEqual([r.subid for r in other.seen()], ["b"], "the click whose lead is in flight waits")
        answered.set()
        self.wait_for_states({"delivered": 3})
        self.assertEqual([(r.subid, r.params["status"]) for r in other.seen()], [("b", "lead"), ("a", "sale")])

    def test_a_configuration_with_a_mistake_changes_nothing(self):
        receiver = self.receiver()
        config = self.configure(("default", receiver))
        worker = self.started("--config", config)
        for text, reason in (("[[tracker]]\nurl = 7\n", "write a text in quotes"), ("", "names no tracker"),
                             (f'[[tracker]]\nurl = "{receiver.url}"\nconcurency = 3\n', "did you mean 'concurrency'?")):
            self.write("outbox.toml", text)
            said = self.hang_up(worker, "reload_refused")
            self.assertIn(reason, said)
        os.unlink(config)
        self.assertIn("cannot read", self.hang_up(worker, "reload_refused"))
        row = self.db.insert(subid="a", status="sale")
        self.wait_for_state(row, "delivered")
        self.assertNotIn(KEY, worker.output())

    def test_the_log_level_changes_at_once_and_what_cannot_is_named(self):
        receiver = self.receiver()
        self.configure(("default", receiver), process='log_level = "warn"')
        worker = self.start("worker", [COMMAND, "run", "--db", self.db_path, "--config", self.path("outbox.toml"),
                                       "--listen", "127.0.0.1:0"])
        self.db.insert(subid="a", status="sale")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(worker.stderr(), "")
        self.configure(("default", receiver), process='log_level = "debug"\nsenders = 2\ngrace = "1s"\nheartbeat = "http://127.0.0.1:1/secret"')
        said = self.hang_up(worker, "reloaded")
        self.assertIn('reloaded log_level=debug needs_restart="grace, senders, heartbeat"', said)
        self.assertNotIn("secret", said)
        self.db.insert(subid="b", status="sale")
        self.wait_for_line(worker, "delivered id=2")
        self.assertIn("needs_restart", self.hang_up(worker, "reloaded"), "it is told of again")

    def test_without_a_file_there_is_nothing_to_change(self):
        receiver = self.receiver()
        worker = self.started(url=receiver.url)
        self.db.insert(subid="a", status="sale")
        self.wait_for_states({"delivered": 1})
        self.assertIn("nothing has changed", self.hang_up(worker, "reloaded"))
        self.assertTrue(worker.running())

    def test_a_standby_is_reloaded_too(self):
        one, other = self.receiver(), self.receiver()
        config = self.configure(("default", one))
        first = self.started("--config", config)
        row = self.db.insert(subid="a", status="sale")
        self.wait_for_state(row, "delivered")
        second = self.started("--config", config)
        self.wait_for_line(second, "standing_by")
        self.configure(("default", other))
        self.hang_up(second, "reloaded")
        first.kill()
        row = self.db.insert(subid="b", status="sale")
        self.wait_for_state(row, "delivered")
        self.assertEqual([r.subid for r in other.seen()], ["b"])

    def test_many_reloads_under_load_lose_and_repeat_nothing(self):
        receiver = self.receiver(lambda request: Reply(delay=0.002))
        clicks = 150
        config = self.configure(("default", receiver))
        worker = self.started("--config", config)
        self.db.insert_many(("subid", "status"), [(f"c{n}", status) for status in ("lead", "sale", "rejected") for n in range(clicks)])
        for n in range(200):
            self.configure(("default", receiver, f"concurrency = {1 + n % 40}"), *([("other", receiver)] if n % 2 else []))
            worker.signal(signal.SIGHUP)
            if self.db.states() == {"delivered": 3 * clicks}:
                break
            time.sleep(0.01)
        self.wait_for_states({"delivered": 3 * clicks}, timeout=60)
        self.assertEqual(receiver.count(), 3 * clicks)
        self.assertEqual(receiver.overlaps, [])
        for story in receiver.by_click(lambda request: request.params["status"]).values():
            self.assertEqual(story, ["lead", "sale", "rejected"])
        self.assertEqual(worker.terminate(), 0)

    def test_a_terminal_that_goes_ends_the_worker(self):
        receiver = self.receiver()
        master, terminal = pty.openpty()
        try:
            worker = subprocess.Popen([COMMAND, "run", "--db", self.db_path, "--to", receiver.url, "--allow-private"],
                                      stdin=terminal, stdout=terminal, stderr=subprocess.DEVNULL, env=clean_environment(),
                                      start_new_session=True)
            self.addCleanup(worker.wait)
            self.addCleanup(worker.kill)
            row = self.db.insert(subid="a", status="sale")
            self.wait_for_state(row, "delivered")
            worker.send_signal(signal.SIGHUP)
            row = self.db.insert(subid="b", status="sale")
            self.wait_for_state(row, "delivered")
            self.assertIsNone(worker.poll(), "the terminal is there: it goes on")
        finally:
            os.close(terminal)
            os.close(master)
        worker.send_signal(signal.SIGHUP)
        self.assertEqual(worker.wait(timeout=20), 0)


if __name__ == "__main__":
    unittest.main()
