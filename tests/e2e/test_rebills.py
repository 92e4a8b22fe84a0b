"""A rebill is money: sent once per (tracker, subid, tid) whatever its amounts, refused without a tid."""

import threading
import unittest

from harness import Database, E2ETest, QUICK_RETRIES
from receiver import Reply


class Rebills(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_a_rebill_is_sent_once_whatever_its_amounts(self):
        receiver = self.receiver()
        for payout in ("10", "10", "20", None):
            self.db.insert(subid="abc", status="rebill", tid="r1", payout=payout)
        self.drain(receiver)
        self.assertEqual(self.db.states(), {"delivered": 1, "duplicate": 3})
        self.assertEqual([r.params["payout"] for r in receiver.seen()], ["10"])

    def test_each_tid_is_a_rebill_of_its_own(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale", payout="5")
        for number in range(5):
            self.db.insert(subid="abc", status="rebill", tid=f"r{number}", payout="1")
        self.drain(receiver)
        self.assertEqual(self.db.states(), {"delivered": 6})
        self.assertEqual([r.params.get("tid") for r in receiver.seen()], [None, "r0", "r1", "r2", "r3", "r4"])

    def test_the_same_tid_on_another_click_is_another_rebill(self):
        receiver = self.receiver()
        for subid in ("a", "b"):
            self.db.insert(subid=subid, status="rebill", tid="r1")
        self.drain(receiver)
        self.assertEqual(self.db.states(), {"delivered": 2})

    def test_a_rebill_without_a_tid_is_refused(self):
        receiver = self.receiver()
        ids = [self.db.insert(subid=f"c{n}", status="rebill", tid=tid) for n, tid in enumerate((None, ""))]
        self.drain(receiver, code=3)
        for row_id in ids:
            row = self.db.row(row_id)
            self.assertEqual((row["state"], row["attempts"]), ("refused", 0))
            self.assertIn("tid", row["reason"])

    def test_a_rebill_after_its_rejection_is_not_sent_again(self):
        receiver = self.receiver()
        for status in ("rebill", "rejected", "rebill"):
            self.db.insert(subid="abc", status=status, tid="r1")
        self.drain(receiver, code=0)
        self.assertEqual([r.params["status"] for r in receiver.seen()], ["rebill", "rejected"])
        self.assertIn(self.db.state(3), ("duplicate", "refused"))

    def test_a_rebill_that_an_operator_sends_again_goes_out_again_and_its_duplicates_do_not(self):
        """A page that answers 200 to everything (maintenance, a parked domain) may have swallowed the first."""
        receiver = self.receiver()
        for _ in range(2):
            self.db.insert(subid="abc", status="rebill", tid="r1")
        self.drain(receiver)
        self.assertEqual(self.db.states(), {"delivered": 1, "duplicate": 1})
        self.assertEqual(self.shell("UPDATE outbox SET state='pending', due_at=0"), (0, "", ""))
        self.drain(receiver)
        self.assertEqual(receiver.count(), 2)
        self.assertEqual([self.db.state(1), self.db.state(2)], ["delivered", "duplicate"])

    def test_a_template_that_sends_another_tid_is_judged_by_that(self):
        receiver = self.receiver()
        config = self.write(
            "outbox.toml",
            "[[tracker]]\nallow_private = true\n[tracker.templates]\n"
            f'rebill = "{receiver.url}?subid={{click}}&status=rebill&tid={{sub_id_3}}&return=OK"\n',
        )
        for number, order in enumerate("aab"):
            self.db.insert(subid="abc", status="rebill", tid=f"column{number}", params=f'{{"sub_id_3":"{order}"}}')
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        self.assertEqual([r.params["tid"] for r in receiver.seen()], ["a", "b"])
        self.assertEqual(self.db.states(), {"delivered": 2, "duplicate": 1})

    def test_rebills_written_by_several_connections_at_once_are_sent_once(self):
        receiver = self.receiver(lambda request: Reply(delay=0.01))
        self.worker(url=receiver.url)

        def write():
            database = Database(self.db_path)
            for number in range(20):
                database.insert(subid=f"c{number % 4}", status="rebill", tid=f"r{number}", payout="1")
            database.close()

        writers = [threading.Thread(target=write) for _ in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        self.wait_for_states({"delivered": 20, "duplicate": 40})
        pairs = [(r.subid, r.params["tid"]) for r in receiver.seen()]
        self.assertEqual(len(pairs), len(set(pairs)))

    def test_a_rebill_that_fails_is_tried_again_until_it_is_taken_in(self):
        left = {"n": 2}

        def answer(_request):
            if left["n"]:
                left["n"] -= 1
                return Reply(503)
            return Reply()

        receiver = self.receiver(answer)
        self.worker(*QUICK_RETRIES, url=receiver.url)
        self.db.insert(subid="abc", status="rebill", tid="r1")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(receiver.count(), 3)

    def test_a_rebill_is_once_over_a_new_start_too(self):
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="rebill", tid="r1", payout="1")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(worker.terminate(), 0)
        self.worker(url=receiver.url)
        self.db.insert(subid="abc", status="rebill", tid="r1", payout="2")
        self.wait_for_states({"delivered": 1, "duplicate": 1})
        self.assertEqual(receiver.count(), 1)


if __name__ == "__main__":
    unittest.main()
