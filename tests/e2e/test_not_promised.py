"""What docs/guarantees.md says is not promised, as far as no other test shows it."""

import unittest

from harness import E2ETest


class NotPromised(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def test_what_was_deleted_from_conversions_is_taken_for_the_first_again(self):
        receiver = self.receiver()
        for forget in (False, True):
            if forget:
                self.db.execute("DELETE FROM conversions")
            self.db.insert(subid="abc", status="sale", payout="5")
            self.db.insert(subid="abc", status="rebill", tid="t")
            self.drain(receiver)
            self.db.insert(subid="abc", status="sale", payout="5")
            self.db.insert(subid="abc", status="rebill", tid="t")
            self.drain(receiver)
        self.assertEqual([request.params["status"] for request in receiver.seen()], ["sale", "rebill"] * 2)
        self.assertEqual(self.db.states(), {"delivered": 4, "duplicate": 4})

    def test_the_time_of_the_event_is_not_sent(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale", campaign="c", event_id="e", created_at=1_600_000_000_000, due_at=1_600_000_000_001)
        self.drain(receiver)
        (request,) = receiver.seen()
        self.assertEqual(request.params, {"subid": "abc", "status": "sale", "return": "OK"})
        self.assertEqual([name for name, value in request.headers.items() if "16000000" in value or name == "date"], [])


if __name__ == "__main__":
    unittest.main()
