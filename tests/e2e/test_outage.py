"""A tracker that fails for all is not a row's fault, and holds up nobody else."""

import time
import unittest

from harness import E2ETest, wait_until
from receiver import Reply

QUICK = ("--retry-first-delay", "20ms", "--retry-max-delay", "60ms", "--max-attempts", "3")


class Outage(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def assert_nothing_finishes(self, seconds):
        sql = "SELECT id, state, reason FROM outbox WHERE state <> 'pending' LIMIT 1"
        self.assert_stays(lambda: not self.db.all(sql), seconds, lambda: f"nothing ends while the tracker is down: {self.db.all(sql)}")

    def test_rows_outlive_a_receiver_that_refuses_connections(self):
        receiver = self.receiver()
        receiver.stop()
        self.insert_clicks(300)
        self.worker(*QUICK, url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM delivery_attempts"), what="an attempt")
        self.assert_nothing_finishes(3)
        receiver.start()
        self.wait_for_states({"delivered": 300}, timeout=60)
        self.assertEqual(sorted(r.subid for r in receiver.seen()), sorted(f"c{n}" for n in range(300)))

    def outage_of(self, reply, recovered=None, *flags):
        """A tracker that answers everybody with `reply` for a while, then takes all in."""
        down = {"is": True}
        receiver = self.receiver(lambda request: reply if down["is"] else (recovered or Reply()))
        self.insert_clicks(200)
        self.worker(*QUICK, *flags, url=receiver.url)
        wait_until(receiver.count, what="a request")
        self.assert_nothing_finishes(3)
        requests_while_down = receiver.count()
        down["is"] = False
        self.wait_for_states({"delivered": 200}, timeout=60)
        return requests_while_down

    def test_rows_outlive_a_tracker_that_answers_503_to_all_and_it_is_not_hammered(self):
        requests = self.outage_of(Reply(503, b"maintenance"))
        self.assertLess(requests, 200, "the breaker stops sending")

    def test_a_wrong_key_answered_404_to_all_kills_nothing(self):
        self.outage_of(Reply(404, b"not found"))

    def test_a_tracker_that_answers_400_to_everybody_kills_nothing(self):
        self.outage_of(Reply(400, b"bad request"))

    def test_rows_outlive_a_tracker_that_never_answers(self):
        self.outage_of(Reply(then="hang"), None, "--request-timeout", "250ms")

    def test_a_lone_row_outlives_an_outage_by_default(self):
        receiver = self.receiver()
        receiver.stop()
        row = self.db.insert(subid="lone", status="sale")
        self.worker("--retry-first-delay", "10ms", "--retry-max-delay", "50ms", url=receiver.url)
        wait_until(lambda: self.db.row(row)["attempts"] >= 14, what=lambda: f"several attempts: {self.db.row(row)}")
        self.assert_nothing_finishes(1)
        receiver.start()
        self.wait_for_state(row, "delivered", timeout=60)

    def test_a_drain_that_is_called_again_and_again_in_an_outage_uses_up_no_attempts(self):
        receiver = self.receiver()
        receiver.stop()
        self.insert_clicks(60)
        drain = ("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", *QUICK, "--timeout")
        self.assertEqual(self.ko(*drain, "5s").code, 4)
        self.assertEqual(self.db.value("SELECT breaker FROM outbox_trackers"), "open")
        for _ in range(5):
            self.assertEqual(self.ko(*drain, "1s").code, 4)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE state = 'pending'"), 60)
        receiver.start()
        self.assertEqual(self.ko(*drain, "60s").code, 0)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE state = 'delivered'"), 60)

    def test_after_an_outage_one_probe_goes_first(self):
        receiver = self.receiver(lambda request: Reply(503))
        self.insert_clicks(100)
        self.worker(*QUICK, url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox_trackers WHERE breaker = 'open'"), what="sending has stopped", step=0.05)
        before = receiver.count()
        receiver.answer = lambda request: Reply(delay=0.3)
        self.wait_for_states({"delivered": 100}, timeout=60)
        first, second = receiver.seen()[before:before + 2]
        if first.at < second.at - 0.01:
            self.assertGreaterEqual(second.at - first.at, 0.25, "the second request waits for the probe's answer")

    def test_one_trackers_trouble_never_holds_up_another(self):
        hanging = self.receiver(lambda request: Reply(then="hang"))
        refusing = self.receiver()
        refusing.stop()
        failing = self.receiver(lambda request: Reply(500))
        fine = self.receiver()
        config = self.write("four.toml", "".join(
            f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\nrequest_timeout = "60s"\n'
            for name, receiver in (("hanging", hanging), ("refusing", refusing), ("failing", failing), ("fine", fine))))
        for tracker in ("hanging", "refusing", "failing"):
            self.insert_clicks(500, tracker=tracker)
        self.worker("--config", config, "--grace", "100ms")
        wait_until(hanging.count, what="the hanging tracker has requests")
        for round_number in range(5):
            self.insert_clicks(100, tracker="fine", tid=str(round_number))
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE tracker = 'fine' AND state = 'delivered'") == 500,
                   20, lambda: f"the others' rows flow: {self.db.all('SELECT * FROM outbox_status')}")
        self.assertLessEqual(hanging.in_flight_most, 64)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE tracker <> 'fine' AND state <> 'pending'"), 0)

    def test_an_outage_of_one_tracker_leaves_anothers_verdicts_alone(self):
        down = self.receiver(lambda request: Reply(400))
        up = self.receiver(lambda request: Reply(400) if request.subid == "bad" else Reply())
        config = self.write("two.toml", "".join(
            f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\n'
            for name, receiver in (("down", down), ("up", up))))
        self.insert_clicks(50, tracker="down")
        self.worker("--config", config, *QUICK)
        bad = self.db.insert(tracker="up", subid="bad", status="lead")
        number = 0
        end = time.monotonic() + 30
        while self.db.state(bad) == "pending" and time.monotonic() < end:
            number += 1
            row = self.db.insert(tracker="up", subid=f"good{number}", status="lead")
            self.wait_for_state(row, "delivered")
        self.assertEqual(self.db.state(bad), "dead", self.db.row(bad))
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE tracker = 'down' AND state <> 'pending'"), 0)

    def test_status_and_the_rows_say_what_is_wrong_meanwhile(self):
        receiver = self.receiver(lambda request: Reply(503, b"maintenance"))
        self.insert_clicks(100)
        self.worker(*QUICK, url=receiver.url)
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE reason LIKE '%503%'"), what="a row's reason")
        result = self.ko("status", "--db", self.db_path)
        self.assertEqual(result.code, 0, result)
        self.assertIn("pending", result.out)


if __name__ == "__main__":
    unittest.main()
