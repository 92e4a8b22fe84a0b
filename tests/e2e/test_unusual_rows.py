"""Rows, files and trackers at the edges of what the contract allows."""

import json
import sqlite3
import unittest

from harness import E2ETest, wait_until
from receiver import Reply

LATEST = 9223372036854775807


class UnusualRows(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_rows_with_ids_of_the_applications_choice_are_sent(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        high = self.db.insert(id=100_000, subid="high", status="lead")
        self.wait_for_state(high, "delivered")
        for row_id in (99_999, 5, 1):
            with self.subTest(id=row_id):
                self.db.insert(id=row_id, subid=f"low{row_id}", status="lead")
                self.wait_for_state(row_id, "delivered", timeout=10)

    def test_ids_that_leave_no_room_before_or_behind_them_are_turned_away(self):
        for row_id in (0, -7, 2**63 - 1):
            with self.subTest(id=row_id), self.assertRaisesRegex(sqlite3.IntegrityError, "id_must_be_from_1_to_9223372036854775806"):
                self.db.insert(id=row_id, subid=f"low{row_id}", status="lead")

    def test_times_at_the_far_end_stop_nobody(self):
        receiver = self.receiver()
        self.db.insert_many(("subid", "status", "due_at"), [("far", "lead", LATEST), ("far", "sale", 0), ("later", "lead", LATEST // 2)])
        self.db.insert(subid="old", status="lead", created_at=-LATEST)
        self.db.insert(subid="young", status="lead", created_at=LATEST)
        worker = self.worker(url=receiver.url)
        row = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(row, "delivered")
        wait_until(lambda: receiver.count() == 3, what="all that are due were sent")
        for args in (("status",), ("list",), ("show", "far"), ("show", "old"), ("show", "young"), ("preview", "1", "--to", receiver.url)):
            for json_flag in ((), ("--json",)):
                with self.subTest(args=args, json=json_flag):
                    result = self.ko(args[0], "--db", self.db_path, *args[1:], *json_flag)
                    self.assertEqual((result.code, result.err), (0, ""), result)
        self.assertEqual(worker.terminate(), 0)
        self.assertEqual(self.db.states(), {"pending": 3, "delivered": 3})

    def test_long_parameters_arrive_whole(self):
        receiver = self.receiver()
        value = "ж&" * 10_000
        self.db.insert(subid="😀" * 255, status="sale", params=json.dumps({"sub_id_1": value}))
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "20s")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.seen()[0].params["sub_id_1"], value)
        self.assertEqual(receiver.seen()[0].subid, "😀" * 255)

    def test_many_unknown_trackers_hide_no_known_one(self):
        receiver = self.receiver()
        self.db.insert_many(("tracker", "subid", "status"), [(f"a{n:05}", "abc", "lead") for n in range(3000)])
        config = self.write("one.toml", f'[[tracker]]\nname = "zzz"\nurl = "{receiver.url}"\nallow_private = true\n')
        self.worker("--config", config)
        row = self.db.insert(tracker="zzz", subid="abc", status="lead")
        self.wait_for_state(row, "delivered", timeout=15)
        self.db.insert_many(("tracker", "subid", "status"), [("zzz", f"c{n}", "lead") for n in range(100)])
        self.wait_for_states({"pending": 3000, "delivered": 101})

    def test_many_trackers_are_served_side_by_side(self):
        receiver = self.receiver()
        count = 200
        config = self.write("many.toml", "".join(
            f'[[tracker]]\nname = "t{n}"\nurl = "{receiver.url}?from=t{n}"\nallow_private = true\n' for n in range(count)))
        rows = [(f"t{n}", "abc", status) for status in ("lead", "sale", "rejected") for n in range(count)]
        self.db.insert_many(("tracker", "subid", "status"), rows)
        result = self.ko("drain", "--db", self.db_path, "--config", config, "--timeout", "40s")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.count(), 3 * count)
        by_tracker = {}
        for request in receiver.seen():
            by_tracker.setdefault(request.params["from"], []).append(request.params["status"])
        self.assertEqual(set(map(tuple, by_tracker.values())), {("lead", "sale", "rejected")})

    def test_a_receiver_that_closes_every_connection_costs_no_repeats(self):
        """A kept-alive connection that the other side has closed meanwhile is nobody's failure."""
        for then in ("close", "leave"):
            with self.subTest(then=then):
                receiver = self.receiver(lambda r, t=then: Reply(then=t))
                first = self.db.value("SELECT count(*) FROM outbox")
                self.db.insert_many(("subid", "status"), [(f"{then}{n}", "lead") for n in range(300)])
                result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "40s",
                                 "--retry-first-delay", "20ms")
                self.assertEqual(result.code, 0, result)
                self.assertEqual(self.db.states(), {"delivered": first + 300})
                self.assertEqual(receiver.count(), 300)

    def test_a_database_in_rollback_journal_mode_is_served_too(self):
        self.assertEqual(self.shell("PRAGMA journal_mode = DELETE").out, "delete\n")
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        for number in range(5):
            row = self.db.insert(subid=f"c{number}", status="lead")
            self.wait_for_state(row, "delivered", timeout=10)
        self.assertEqual(worker.terminate(), 0)

    def test_a_status_map_and_rows_of_the_longest_names(self):
        receiver = self.receiver()
        name = "s" * 100
        config = self.write("one.toml", f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\nstatuses = {{ "{name}" = "sale" }}\n')
        self.db.insert(subid="abc", status="  " + name.upper() + " ", tid="t" * 100)
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config, "--timeout", "20s").code, 0)
        self.assertEqual(receiver.seen()[0].params["status"], "sale")

    def test_an_application_with_recursive_triggers_and_foreign_keys_on_does_no_harm(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        for pragma in ("recursive_triggers", "foreign_keys", "ignore_check_constraints"):
            self.db.execute(f"PRAGMA {pragma} = 1")
        first = self.db.insert(subid="abc", status="lead", event_id="e", due_at=LATEST)
        second = self.db.insert(subid="abc", status="sale")
        self.db.execute("INSERT OR REPLACE INTO outbox (subid, status, event_id, tid) VALUES ('abc', 'lead', 'e', 't')")
        self.wait_for_state(second, "delivered", timeout=20)
        self.wait_for_none_pending()
        self.assertIsNone(self.db.row(first))
        # What the CHECKs would have turned away gets an end too, and stops nobody.
        for facts in ({"subid": ""}, {"subid": "{click}"}, {"subid": "x", "payout": "1e3", "currency": "euros", "params": "nonsense"}):
            self.db.insert(status="sale", **facts)
        fine = self.db.insert(subid="fine", status="sale")
        self.wait_for_none_pending()
        self.assertEqual(self.db.state(fine), "delivered")
        self.assertNotIn("x", [request.subid for request in receiver.seen()], "what cannot be sent right is not sent")


if __name__ == "__main__":
    unittest.main()
