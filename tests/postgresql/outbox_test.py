"""An outbox in PostgreSQL and the command on it, for tests from outside."""

import collections

from harness import E2ETest, wait_until
from pg_database import DatabaseTest


class OutboxTest(E2ETest, DatabaseTest):
    def setUp(self):
        super().setUp()
        self.pg = self.database()
        self.db_path = self.pg.url()
        result = self.ko("init", "--db", self.pg.url())
        self.assertEqual((result.code, result.err), (0, ""))

    def insert(self, subid="click", status="sale", columns="", values=""):
        return int(self.pg.sql(f"INSERT INTO outbox (subid, status{columns}) VALUES ('{subid}', '{status}'{values}) RETURNING id")[0])

    def insert_clicks(self, clicks, rows_each=1, start=0):
        self.pg.sql(f"""INSERT INTO outbox (subid, status, tid)
                        SELECT 'click' || click, CASE row WHEN 1 THEN 'lead' WHEN 2 THEN 'sale' ELSE 'rejected' END, 'order' || click
                          FROM generate_series(1, {rows_each}) AS row, generate_series({start + 1}, {start + clicks}) AS click""")

    def states(self):
        return dict(line.split("|") for line in self.pg.sql("SELECT state, count(*) FROM outbox GROUP BY state"))

    def wait_for_states(self, expected, timeout=30):
        wanted = {state: str(count) for state, count in expected.items()}
        wait_until(lambda: self.states() == wanted, timeout, lambda: f"{expected}: {self.states()}", step=0.1)

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
