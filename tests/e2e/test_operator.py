"""What an operator may do by SQL or by the command while the worker runs, and an unknown tracker."""

import time
import unittest

from harness import E2ETest, wait_until
from receiver import Reply


def in_an_hour():
    return int(time.time() * 1000) + 3_600_000


class BySql(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def sql(self, text):
        result = self.shell(text)
        self.assertEqual(result, (0, "", ""))

    def row_behind_a_scheduled_one(self):
        """Both rows of the click, after the worker has passed them by."""
        first = self.db.insert(subid="abc", status="lead", due_at=in_an_hour())
        second = self.db.insert(subid="abc", status="sale")
        marker = self.db.insert(subid="other", status="sale")
        self.wait_for_state(marker, "delivered")
        self.assertEqual(self.db.state(second), "pending")
        return first, second

    def test_a_cancelled_row_is_not_sent_and_the_next_of_its_click_goes_on_at_once(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        first, second = self.row_behind_a_scheduled_one()
        self.sql(f"UPDATE outbox SET state='cancelled' WHERE id={first}")
        self.wait_for_state(second, "delivered", timeout=10)
        self.assertEqual([(r.subid, r.params["status"]) for r in receiver.seen()], [("other", "sale"), ("abc", "sale")])
        row = self.db.row(first)
        self.assertEqual(row["state"], "cancelled")
        self.assertIsNotNone(row["finished_at"])

    def test_a_deleted_row_lets_the_next_of_its_click_go_on(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        first, second = self.row_behind_a_scheduled_one()
        self.sql(f"DELETE FROM outbox WHERE id={first}")
        self.wait_for_state(second, "delivered", timeout=10)

    def test_cancelling_a_row_in_backoff_frees_its_click(self):
        receiver = self.receiver(lambda r: Reply(503) if r.params["status"] == "lead" else Reply())
        self.worker("--retry-first-delay", "1h", url=receiver.url)
        first = self.db.insert(subid="abc", status="lead")
        second = self.db.insert(subid="abc", status="sale")
        wait_until(lambda: self.db.row(first)["attempts"] == 1, what="the first attempt")
        self.sql(f"UPDATE outbox SET state='cancelled' WHERE id={first}")
        self.wait_for_state(second, "delivered", timeout=10)
        self.assertEqual(self.db.state(first), "cancelled")
        self.assertEqual(receiver.count(), 2)

    def test_a_row_brought_forward_is_sent_at_once(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        row = self.db.insert(subid="abc", status="lead", due_at=in_an_hour())
        self.sql(f"UPDATE outbox SET due_at=0 WHERE id={row}")
        self.wait_for_state(row, "delivered", timeout=10)

    def test_a_row_in_backoff_brought_forward_is_tried_at_once(self):
        receiver = self.receiver(lambda r: Reply(503) if r.number == 0 else Reply())
        self.worker("--retry-first-delay", "1h", url=receiver.url)
        row = self.db.insert(subid="abc", status="lead")
        wait_until(lambda: self.db.row(row)["attempts"] == 1, what="the first attempt")
        self.sql(f"UPDATE outbox SET due_at=0 WHERE id={row}")
        self.wait_for_state(row, "delivered", timeout=10)

    def test_rows_of_every_final_state_can_be_sent_again(self):
        bad = {"is": True}
        receiver = self.receiver(lambda r: Reply(422) if r.subid == "dead" and bad["is"] else Reply())
        self.worker("--retry-first-delay", "20ms", url=receiver.url)
        ids = {"delivered": self.db.insert(subid="delivered", status="sale")}
        self.wait_for_state(ids["delivered"], "delivered")
        ids["dead"] = self.db.insert(subid="dead", status="sale")
        self.wait_for_state(ids["dead"], "dead")
        ids["cancelled"] = self.db.insert(subid="cancelled", status="sale", state="cancelled")
        bad["is"] = False
        for name, row in ids.items():
            with self.subTest(state=name):
                before = sum(r.subid == name for r in receiver.seen())
                self.sql(f"UPDATE outbox SET state='pending', due_at=0 WHERE id={row}")
                wait_until(lambda n=name, b=before: sum(r.subid == n for r in receiver.seen()) == b + 1, 10, "it is sent again")
                self.wait_for_state(row, "delivered")
                self.assertIsNone(self.db.row(row)["reason"])

    def test_a_dead_row_sent_again_has_all_its_attempts_before_it(self):
        receiver = self.receiver(lambda r: Reply(422) if r.subid == "bad" else Reply())
        self.worker("--retry-first-delay", "10ms", url=receiver.url)
        row = self.db.insert(subid="bad", status="sale")
        self.wait_for_state(row, "dead")
        self.db.insert(subid="good", status="sale")
        self.wait_for_states({"dead": 1, "delivered": 1})
        self.sql(f"UPDATE outbox SET state='pending', due_at=0 WHERE id={row}")
        wait_until(lambda: self.db.row(row)["state"] == "dead" and self.db.row(row)["attempts"] == 6,
                   what=lambda: f"three tries more: {self.db.row(row)}")

    def test_a_refused_row_sent_again_is_judged_anew(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="rejected")
        row = self.db.insert(subid="abc", status="sale")
        self.wait_for_state(row, "refused")
        self.sql(f"UPDATE outbox SET state='pending', due_at=0 WHERE id={row}")
        self.wait_for_state(row, "refused")
        self.assertEqual(receiver.count(), 1)

    def test_a_row_cancelled_while_in_flight_stays_cancelled_and_the_click_goes_on(self):
        receiver = self.receiver(lambda r: Reply(delay=1.0) if r.params["status"] == "lead" else Reply())
        self.worker(url=receiver.url)
        first = self.db.insert(subid="abc", status="lead")
        wait_until(receiver.count, what="it is in flight")
        second = self.db.insert(subid="abc", status="sale")
        self.sql(f"UPDATE outbox SET state='cancelled' WHERE id={first}")
        self.wait_for_state(second, "delivered")
        self.assertEqual(self.db.state(first), "cancelled")
        self.assertEqual(receiver.overlaps, [])
        self.assertEqual([r.params["status"] for r in receiver.seen()], ["lead", "sale"])
        self.assertEqual(self.db.all("SELECT status FROM conversions"), [("sale",)])

    def test_touching_a_row_in_flight_does_not_send_it_twice(self):
        receiver = self.receiver(lambda r: Reply(delay=0.8))
        self.worker(url=receiver.url)
        row = self.db.insert(subid="abc", status="lead")
        wait_until(receiver.count, what="it is in flight")
        for _ in range(3):
            self.sql("UPDATE outbox SET state='pending', due_at=0")
        self.wait_for_state(row, "delivered")
        self.assert_stays(lambda: self.db.state(row) == "delivered" and receiver.count() == 1, 0.5, "sent once")

    def test_a_row_cancelled_and_sent_again_while_in_flight_never_overlaps_itself(self):
        receiver = self.receiver(lambda r: Reply(delay=0.5))
        self.worker(url=receiver.url)
        row = self.db.insert(subid="abc", status="lead")
        wait_until(receiver.count, what="it is in flight")
        self.sql("UPDATE outbox SET state='cancelled'")
        self.sql("UPDATE outbox SET state='pending', due_at=0")
        self.wait_for_state(row, "delivered")
        self.assertEqual(receiver.overlaps, [])

    def test_an_earlier_row_sent_again_waits_for_the_later_one_in_flight(self):
        receiver = self.receiver(lambda r: Reply(delay=0.6 if r.params["status"] == "sale" else 0))
        self.worker(url=receiver.url)
        first = self.db.insert(subid="abc", status="lead", tid="1")
        self.wait_for_state(first, "delivered")
        second = self.db.insert(subid="abc", status="sale", tid="2")
        wait_until(lambda: receiver.count() == 2, what="the later one is in flight")
        self.sql(f"UPDATE outbox SET state='pending', due_at=0 WHERE id={first}")
        wait_until(lambda: receiver.count() == 3, what="the earlier one is sent again")
        self.wait_for_states({"delivered": 2})
        self.assertEqual(receiver.overlaps, [])
        self.assertEqual(self.db.state(second), "delivered")

    def test_rows_deleted_in_flight_do_no_harm(self):
        receiver = self.receiver(lambda r: Reply(delay=0.5))
        worker = self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="lead")
        wait_until(receiver.count, what="it is in flight")
        second = self.db.insert(subid="abc", status="sale")
        self.sql("DELETE FROM outbox WHERE status = 'lead'")
        self.wait_for_state(second, "delivered")
        self.assertEqual(receiver.overlaps, [])
        self.assertTrue(worker.running())

    def test_many_rows_cancelled_and_sent_again_at_once(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.insert_many(("subid", "status", "due_at"), [(f"c{n}", "lead", in_an_hour()) for n in range(2000)])
        self.sql("UPDATE outbox SET state='cancelled'")
        self.sql("UPDATE outbox SET state='pending', due_at=0")
        self.wait_for_states({"delivered": 2000}, timeout=60)
        self.assertEqual(receiver.count(), 2000)

    def test_an_insert_or_replace_of_a_waiting_row_loses_nothing(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        facts = "(subid, status, event_id, due_at)"
        self.sql(f"INSERT INTO outbox {facts} VALUES ('abc', 'lead', 'e1', {in_an_hour()})")
        second = self.db.insert(subid="abc", status="sale", tid="t")
        marker = self.db.insert(subid="other", status="sale")
        self.wait_for_state(marker, "delivered")
        self.sql(f"INSERT OR REPLACE INTO outbox {facts} VALUES ('abc', 'lead', 'e1', 0)")
        # REPLACE deletes without a trigger; what waited for the deleted row is freed at a start at the latest.
        worker.terminate()
        self.worker(url=receiver.url)
        self.wait_for_none_pending()
        self.assertEqual(self.db.state(second), "delivered")
        self.assertEqual(sorted(r.params["status"] for r in receiver.seen() if r.subid == "abc"), ["lead", "sale"])


class ByTheCommand(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_retry_sends_dead_rows_again(self):
        bad = {"is": True}
        receiver = self.receiver(lambda r: Reply(422) if r.subid.startswith("bad") and bad["is"] else Reply())
        self.worker("--retry-first-delay", "20ms", url=receiver.url)
        rows = []
        for number in range(2):
            self.db.insert(subid=f"good{number}", status="lead")
            rows.append(self.db.insert(subid=f"bad{number}", status="lead"))
            self.wait_for_state(rows[-1], "dead")
        bad["is"] = False
        self.assertEqual(self.ko("retry", "--db", self.db_path, "--id", str(rows[0])).code, 0)
        self.wait_for_state(rows[0], "delivered", timeout=10)
        self.assertEqual(self.db.state(rows[1]), "dead")
        self.assertEqual(self.ko("retry", "--db", self.db_path, "--state", "dead").code, 0)
        self.wait_for_state(rows[1], "delivered", timeout=10)

    def test_cancel_takes_pending_rows_out(self):
        rows = [self.db.insert(subid=f"c{n}", status="lead", tracker=tracker) for n, tracker in enumerate(("a", "a", "b", "b"))]
        self.assertEqual(self.ko("cancel", "--db", self.db_path, "--id", str(rows[0])).code, 0)
        self.assertEqual([self.db.state(r) for r in rows], ["cancelled", "pending", "pending", "pending"])
        self.assertEqual(self.ko("cancel", "--db", self.db_path, "--tracker", "b").code, 0)
        self.assertEqual([self.db.state(r) for r in rows], ["cancelled", "pending", "cancelled", "cancelled"])

    def test_cancel_leaves_finished_rows_alone(self):
        done = self.db.insert(subid="abc", status="lead", state="delivered")
        self.ko("cancel", "--db", self.db_path, "--tracker", "default")
        self.ko("cancel", "--db", self.db_path, "--id", str(done))
        self.assertEqual(self.db.state(done), "delivered")

    def test_an_id_that_is_not_there_is_told(self):
        for verb in ("retry", "cancel"):
            with self.subTest(verb=verb):
                result = self.ko(verb, "--db", self.db_path, "--id", "4711")
                self.assertEqual(result.code, 1, result)
                self.assert_one_line(result.err)
                self.assertIn("4711", result.err)

    def test_cancel_of_everything_must_be_said(self):
        self.db.insert(subid="abc", status="lead")
        result = self.ko("cancel", "--db", self.db_path)
        self.assertEqual(result.code, 2, result)
        self.assertEqual(self.db.state(1), "pending")


class UnknownTracker(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_rows_of_an_unknown_tracker_wait_say_so_and_go_out_once_it_is_configured(self):
        receiver = self.receiver()
        strange = self.db.insert(tracker="partner-x", subid="abc", status="sale")
        known = self.db.insert(subid="abc", status="sale")
        to = ("--to", receiver.url, "--allow-private")
        result = self.ko("drain", "--db", self.db_path, *to)
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.db.state(known), "delivered")
        row = self.db.row(strange)
        self.assertEqual((row["state"], row["attempts"]), ("pending", 0))
        self.assertIn("partner-x", row["reason"])
        for verb in ("status", "check"):
            with self.subTest(verb=verb):
                extra = to if verb == "check" else ("--to", receiver.url)
                result = self.ko(verb, "--db", self.db_path, *extra)
                self.assertIn("partner-x", result.out + result.err)
                line = next(line for line in (result.out + result.err).splitlines() if "partner-x" in line and "config" in line.lower())
                self.assertTrue(line)
        count = receiver.count()
        config = self.write("outbox.toml", f'[[tracker]]\nname = "partner-x"\nurl = "{receiver.url}"\nallow_private = true\n')
        result = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.count(), count + 1)
        row = self.db.row(strange)
        self.assertEqual((row["state"], row["reason"]), ("delivered", None))

    def test_a_running_worker_explains_such_rows_and_delivers_the_others(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.db.insert_many(("tracker", "subid", "status"), [("nowhere", f"c{n}", "lead") for n in range(3000)])
        known = self.db.insert(subid="abc", status="lead")
        self.wait_for_state(known, "delivered", timeout=10)
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE reason LIKE '%nowhere%'") == 3000, what="all say why they wait")
        self.assertEqual(self.db.states(), {"pending": 3000, "delivered": 1})
        late = self.db.insert(tracker="nowhere", subid="late", status="lead")
        wait_until(lambda: "nowhere" in (self.db.row(late)["reason"] or ""), what="a later one too")

    def test_names_of_trackers_are_exact(self):
        receiver = self.receiver()
        self.db.insert(tracker="Default", subid="abc", status="lead")
        self.db.insert(tracker="default ", subid="abc", status="lead")
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(receiver.count(), 0)


if __name__ == "__main__":
    unittest.main()
