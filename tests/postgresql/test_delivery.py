"""Workers on an outbox in PostgreSQL, from outside: one, several, one that is killed, and a server that goes away."""

import collections
import signal
import unittest

import cluster
from harness import KEY, QUICK_RETRIES, E2ETest, wait_until
from outbox_test import OutboxTest
from receiver import Reply

LONG = 60  # seconds: a lease of a worker that was killed has to run out


class Delivery(OutboxTest):
    def wait_for_shares(self, *lanes, timeout=30):
        """Waits until the workers that are there have so many lanes each."""
        def shares():
            return sorted(int(line) for line in self.pg.sql(
                "SELECT count(lane) FROM outbox_workers LEFT JOIN outbox_lanes USING (worker) GROUP BY worker"))
        wait_until(lambda: shares() == sorted(lanes), timeout, lambda: f"{lanes}: {shares()}", step=0.1)

    def assert_in_order(self, *receivers):
        """Of each click the requests came in the order of its rows."""
        order = ["lead", "sale", "rejected"]
        requests = sorted((request for receiver in receivers for request in receiver.seen()), key=lambda request: request.at)
        last = collections.defaultdict(int)
        for receiver in receivers:
            self.assertEqual(receiver.overlaps, [])
        for request in requests:
            place = order.index(request.params["status"])
            self.assertGreaterEqual(place, last[request.subid], request.subid)
            last[request.subid] = place

    def test_a_row_reaches_the_tracker_of_a_running_worker(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert("abc", "approve", ", payout, currency, params", """, 12.50, 'usd', '{"sub_id_1":"x"}'""")
        wait_until(receiver.count, what="a request arrives")
        params = receiver.seen()[0].params
        self.assertEqual((params["subid"], params["status"], params["payout"], params["sub_id_1"]), ("abc", "sale", "12.5", "x"))
        self.wait_for_states({"delivered": 1})
        self.assertEqual(self.pg.sql("SELECT attempts, sent_as, http_status, response FROM outbox"), ["1|sale|200|OK"])
        self.assertEqual(self.pg.sql("SELECT subid, status, payout, outbox_id FROM conversions"), ["abc|sale|12.5|1"])
        self.insert("abc", "approve", ", payout, currency, params", """, 12.50, 'usd', '{"sub_id_1":"x"}'""")
        self.wait_for_states({"delivered": 1, "duplicate": 1})
        self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.pg.sql("SELECT * FROM outbox_workers"), [])

    def test_an_operator_works_by_sql(self):
        answers = [503]
        receiver = self.receiver(lambda request: Reply(answers[-1]))
        self.worker(*QUICK_RETRIES, url=receiver.url)
        row = self.insert()
        wait_until(lambda: receiver.count() >= 2, what="it is tried again")
        self.pg.sql(f"UPDATE outbox SET state = 'cancelled' WHERE id = {row}")
        self.wait_for_states({"cancelled": 1})
        answers.append(200)
        self.pg.sql(f"UPDATE outbox SET state = 'pending', due_at = '-infinity' WHERE id = {row}")
        self.wait_for_states({"delivered": 1})

    def test_two_workers_share_the_rows_and_keep_each_clicks_order(self):
        first, second = self.receiver(), self.receiver()
        self.worker(url=first.url)
        self.wait_for_shares(256)
        self.worker(url=second.url)
        self.wait_for_shares(128, 128)
        self.insert_clicks(300, rows_each=3)
        self.wait_for_states({"delivered": 900}, timeout=LONG)
        self.assertGreater(first.count(), 200)
        self.assertGreater(second.count(), 200)
        self.assertEqual({r.subid for r in first.seen()} & {r.subid for r in second.seen()}, set(), "a click has one worker")
        self.assert_in_order(first, second)
        self.assertEqual(first.count() + second.count(), 900, "none is sent twice")

    def test_a_worker_that_joins_and_one_that_stops_change_hands_in_order_under_load(self):
        receiver = self.receiver()
        first = self.worker(url=receiver.url)
        self.insert_clicks(400, rows_each=3)
        wait_until(lambda: receiver.count() > 50, what="it delivers")
        self.worker(url=receiver.url)
        self.wait_for_shares(128, 128)
        self.insert_clicks(400, rows_each=3, start=400)
        self.assertEqual(first.terminate(), 0)
        self.wait_for_shares(256)
        self.wait_for_states({"delivered": 2400}, timeout=LONG)
        self.assert_in_order(receiver)
        self.assertEqual(receiver.count(), 2400, "none is sent twice")

    def test_what_a_killed_worker_had_is_delivered_by_the_other(self):
        receiver = self.receiver()
        doomed = self.worker(url=receiver.url)
        self.worker(url=receiver.url)
        self.wait_for_shares(128, 128)
        doomed.kill()
        self.insert_clicks(100, rows_each=2)
        self.wait_for_states({"delivered": 200}, timeout=LONG)
        self.wait_for_shares(256)
        self.assert_in_order(receiver)

    def test_a_worker_that_was_frozen_for_too_long_sends_nothing_of_what_others_have(self):
        receiver, of_the_frozen = self.receiver(), self.receiver()
        frozen = self.worker(url=of_the_frozen.url)
        self.wait_for_shares(256)
        frozen.signal(signal.SIGSTOP)
        self.insert_clicks(50)
        self.worker(url=receiver.url)
        self.wait_for_states({"delivered": 50}, timeout=LONG)
        frozen.signal(signal.SIGCONT)
        self.wait_for_shares(128, 128, timeout=LONG)
        self.insert_clicks(50, start=50)
        self.wait_for_states({"delivered": 100})
        self.assertEqual({r.subid for r in receiver.seen()} & {r.subid for r in of_the_frozen.seen()}, set())

    def test_a_worker_outlives_its_connections(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.insert("before")
        self.wait_for_states({"delivered": 1})
        self.pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'keitaro-outbox'")
        self.insert("after")
        self.wait_for_states({"delivered": 2})
        self.assertTrue(worker.running())


class ServerThatGoesAway(E2ETest):
    """A server of its own, as it is stopped and started."""

    def setUp(self):
        super().setUp()
        self.server = cluster.Cluster()
        self.addCleanup(self.server.remove)
        self.server.create().start()
        self.db_path = self.server.url()
        self.assertEqual(self.ko("init", "--db", self.db_path).code, 0)

    def test_a_worker_waits_for_it_and_goes_on(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.assertEqual(self.ko("add", "--db", self.db_path, "--subid", "one", "--status", "lead").code, 0)
        wait_until(receiver.count, what="a request arrives")
        self.server.stop()
        self.wait_for_line(worker, "cannot be reached")
        self.server.start()
        self.assertEqual(self.ko("add", "--db", self.db_path, "--subid", "two", "--status", "lead").code, 0)
        wait_until(lambda: any(request.subid == "two" for request in receiver.seen()), what="the second one arrives")
        self.assertEqual(worker.terminate(), 0)
        self.assertNotIn(KEY, worker.output())
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private").code, 0)


if __name__ == "__main__":
    unittest.main()
