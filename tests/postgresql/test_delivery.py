"""Workers on an outbox in PostgreSQL, from outside: one, and several that share the rows."""

import unittest

from harness import QUICK_RETRIES, wait_until
from outbox_test import OutboxTest
from receiver import Reply

LONG = 60  # seconds, for a busy machine


class Delivery(OutboxTest):
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

    def test_a_worker_outlives_its_connections(self):
        receiver = self.receiver()
        role = self.role("SUPERUSER")  # by which its connections are known: other tests are on the same server
        worker = self.worker(url=receiver.url, db_path=self.pg.url(role))
        self.insert("before")
        self.wait_for_states({"delivered": 1})
        self.pg.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'")
        self.insert("after")
        self.wait_for_states({"delivered": 2})
        self.assertTrue(worker.running())


if __name__ == "__main__":
    unittest.main()
