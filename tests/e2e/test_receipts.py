"""What was answered and not yet recorded when the worker was killed is recorded by the next one, and not sent again."""

import threading
import unittest

from harness import E2ETest, wait_until
from receiver import ok


class Receipts(E2ETest):
    ROWS = 30
    CONCURRENCY = 8

    def answered_and_killed(self):
        """Kills a worker that has been answered, while another's lock keeps it from recording that. Gives the receiver."""
        answering = threading.Event()
        receiver = self.receiver(lambda request: (answering.wait(60), ok(request))[1])
        self.db.insert_many(("subid", "status"), [(f"c{number}", "sale") for number in range(self.ROWS)])
        worker = self.worker("--concurrency", self.CONCURRENCY, url=receiver.url, name="killed")
        wait_until(lambda: receiver.count() >= self.CONCURRENCY, what="as many are in flight as may be")
        self.db.execute("BEGIN IMMEDIATE")
        answering.set()
        counts = [0]
        wait_until(lambda: counts.append(receiver.count()) or counts[-1] == counts[-2], what="no more is sent", step=0.5)
        worker.kill()
        self.db.execute("ROLLBACK")
        print(f"killed with {receiver.count()} of {self.ROWS} answered")
        self.assertEqual(self.db.states(), {"pending": self.ROWS})
        return receiver

    def repeats(self, receiver):
        seen = [request.params["subid"] for request in receiver.seen()]
        return sorted(subid for subid in set(seen) if seen.count(subid) > 1)

    def test_no_answered_row_is_sent_again(self):
        self.init()
        receiver = self.answered_and_killed()
        answered = receiver.count()
        next_worker = self.worker(url=receiver.url, name="next")
        self.wait_for_none_pending()
        self.wait_for_line(next_worker, f"answers_recovered rows={answered}")
        self.assertEqual(self.repeats(receiver), [])
        self.assertEqual(receiver.count(), self.ROWS)
        self.assertEqual(self.db.states(), {"delivered": self.ROWS})
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox WHERE attempts <> 1 OR http_status <> 200"), 0)
        self.assertEqual(self.db.value("SELECT count(*) FROM conversions"), self.ROWS)

        next_worker.terminate()
        after = self.worker(url=receiver.url, name="after")
        self.db.insert(subid="later", status="sale")
        self.wait_for_none_pending()
        self.assertNotIn("answers_recovered", after.stderr(), "once recorded they are forgotten")

    def test_a_row_that_was_set_to_another_time_since_is_sent_again(self):
        self.init()
        receiver = self.answered_and_killed()
        answered = receiver.seen()[0].subid
        self.db.execute(f"UPDATE outbox SET due_at = 1 WHERE subid = '{answered}'")
        self.worker(url=receiver.url, name="next")
        self.wait_for_none_pending()
        self.assertEqual(self.repeats(receiver), [answered])

    def test_what_another_address_answered_does_not_count(self):
        self.init()
        wrong = self.answered_and_killed()
        right = self.receiver()
        self.worker(url=right.url, name="next")
        self.wait_for_none_pending()
        self.assertGreater(wrong.count(), 0)
        self.assertEqual(right.count(), self.ROWS)

    def test_a_row_that_was_cancelled_since_stays_so(self):
        self.init()
        receiver = self.answered_and_killed()
        answered = receiver.seen()[0].subid
        self.db.execute(f"UPDATE outbox SET state = 'cancelled' WHERE subid = '{answered}'")
        self.worker(url=receiver.url, name="next")
        self.wait_for_none_pending()
        self.assertEqual(self.db.states(), {"delivered": self.ROWS - 1, "cancelled": 1})
        self.assertEqual(self.repeats(receiver), [])


if __name__ == "__main__":
    unittest.main()
