"""Which moves of a conversion are sent, which are refused, and what counts as a duplicate."""

import unittest

from harness import E2ETest
from receiver import Reply

STATUSES = ("lead", "sale", "rejected", "rebill")
PUBLISHED = {("lead", "sale"), ("lead", "rejected"), ("sale", "rejected"), ("rebill", "rejected")}


class Judgement(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def insert_all(self, subid, rows):
        return [self.db.insert(subid=subid, **columns) for columns in rows]

    def states_of(self, ids):
        return [self.db.state(row_id) for row_id in ids]


class Transitions(Judgement):
    def test_all_16_moves(self):
        receiver = self.receiver()
        ids = {}
        for first in STATUSES:
            for second in STATUSES:
                ids[first, second] = self.insert_all(f"{first}-{second}", [
                    {"status": first, "tid": "t", "payout": "1"}, {"status": second, "tid": "t", "payout": "2"}])
        self.drain(receiver, code=3)
        for (first, second), (first_id, second_id) in ids.items():
            with self.subTest(move=f"{first}->{second}"):
                self.assertEqual(self.db.state(first_id), "delivered", "anything may come first")
                row = self.db.row(second_id)
                if first == second == "rebill":
                    self.assertEqual(row["state"], "duplicate")
                elif first == second or (first, second) in PUBLISHED:
                    self.assertEqual(row["state"], "delivered", row)
                else:
                    self.assertEqual(row["state"], "refused", row)
                    self.assertIn(first, row["reason"])
                    self.assertIn(second, row["reason"])
                    self.assertEqual(row["attempts"], 0)
                self.assertEqual(row["sent_as"], second)
                self.assertIsNotNone(row["finished_at"])
        sent = [(r.subid, r.params["status"]) for r in receiver.seen()]
        for first, second in PUBLISHED:
            self.assertIn((f"{first}-{second}", second), sent)
        self.assertEqual(len(sent), 16 + 3 + 4)

    def test_a_refused_row_changes_nothing_for_the_next(self):
        receiver = self.receiver()
        ids = self.insert_all("abc", [{"status": s} for s in ("sale", "lead", "rejected", "sale", "rejected")])
        self.drain(receiver, code=3)
        self.assertEqual(self.states_of(ids), ["delivered", "refused", "delivered", "refused", "duplicate"])
        self.assertEqual(self.db.all("SELECT status FROM conversions"), [("rejected",)])

    def test_moves_are_judged_per_tid(self):
        receiver = self.receiver()
        ids = self.insert_all("abc", [
            {"status": "rejected"}, {"status": "lead", "tid": "a"}, {"status": "sale", "tid": "b"}, {"status": "sale", "tid": "a"},
            {"status": "lead"}])
        self.drain(receiver, code=3)
        self.assertEqual(self.states_of(ids), ["delivered"] * 4 + ["refused"])

    def test_further_moves_can_be_allowed_for_a_tracker(self):
        open_minded, strict = self.receiver(), self.receiver()
        config = self.write("two.toml", f"""
[[tracker]]
name = "open"
url = "{open_minded.url}"
allow_private = true
allow_transitions = ["rejected->sale"]
[[tracker]]
name = "strict"
url = "{strict.url}"
allow_private = true
""")
        ids = {}
        for tracker in ("open", "strict"):
            ids[tracker] = self.insert_all("abc", [
                {"tracker": tracker, "status": s} for s in ("approve", "cancel", "approve", "cancel", "lead")])
        result = self.ko("drain", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, 3, result)
        self.assertEqual(self.states_of(ids["open"]), ["delivered"] * 4 + ["refused"])
        self.assertEqual(self.states_of(ids["strict"]), ["delivered", "delivered", "refused", "duplicate", "refused"])
        self.assertEqual([r.params["status"] for r in open_minded.seen()], ["sale", "rejected", "sale", "rejected"])

    def test_statuses_in_any_case_and_with_blanks_are_understood(self):
        receiver = self.receiver()
        table = {"Sale": "sale", " approve ": "sale", "WAIT": "lead", "Hold": "lead", "\tcancel": "rejected", "Trash\n": "rejected",
                 "LEAD": "lead", "Rejected": "rejected"}
        for number, status in enumerate(table):
            self.db.insert(subid=f"c{number}", status=status)
        self.drain(receiver)
        sent = {r.subid: r.params["status"] for r in receiver.seen()}
        self.assertEqual(sent, {f"c{number}": status for number, status in enumerate(table.values())})

    def test_an_unknown_status_is_refused_with_its_name(self):
        receiver = self.receiver()
        row = self.db.insert(subid="abc", status="Purchased")
        self.drain(receiver, code=3)
        found = self.db.row(row)
        self.assertEqual((found["state"], found["attempts"]), ("refused", 0))
        self.assertIn("purchased", found["reason"].lower())
        self.assertEqual(receiver.count(), 0)

    def test_what_was_not_taken_in_does_not_count_as_the_last_status(self):
        receiver = self.receiver(lambda r: Reply(422) if r.params["status"] == "rejected" else Reply())
        for number in range(4):
            self.db.insert(subid=f"good{number}", status="lead")
        ids = self.insert_all("abc", [{"status": s} for s in ("lead", "rejected", "sale")])
        self.drain(receiver, "--retry-first-delay", "20ms", code=3)
        self.assertEqual(self.states_of(ids), ["delivered", "dead", "delivered"])


class Duplicates(Judgement):
    SAME = {"status": "sale", "tid": "t", "payout": "10", "cost": "1", "currency": "usd", "params": '{"sub_id_1":"x","sub_id_2":"y"}'}

    def outcome_of_second(self, **changed):
        receiver = self.receiver()
        subid = f"c{self.db.value('SELECT count(*) FROM outbox')}"
        first, second = self.insert_all(subid, [self.SAME, {**self.SAME, **changed}])
        self.drain(receiver)
        self.assertEqual(self.db.state(first), "delivered")
        self.assertEqual(receiver.count(), 1 if self.db.state(second) == "duplicate" else 2)
        return self.db.row(second)

    def test_a_row_that_would_change_nothing_is_a_duplicate(self):
        for changed in ({}, {"payout": "10.00"}, {"payout": "010"}, {"currency": "USD"}, {"status": "approve"},
                        {"params": '{ "sub_id_2" : "y", "sub_id_1" : "x" }'}, {"cost": "1.00004"}):
            with self.subTest(changed=changed):
                row = self.outcome_of_second(**changed)
                self.assertEqual(row["state"], "duplicate")
                self.assertEqual(row["attempts"], 0)
                self.assertTrue(row["reason"])

    def test_the_same_status_with_other_facts_is_an_update_and_sent(self):
        for changed in ({"payout": "11"}, {"payout": None}, {"cost": "2"}, {"currency": "eur"}, {"params": '{"sub_id_1":"z"}'},
                        {"params": None}, {"tid": "other"}):
            with self.subTest(changed=changed):
                self.assertEqual(self.outcome_of_second(**changed)["state"], "delivered")

    def test_no_tid_and_an_empty_tid_are_the_same(self):
        receiver = self.receiver()
        ids = self.insert_all("abc", [{"status": "lead", "tid": None}, {"status": "lead", "tid": ""}])
        self.drain(receiver)
        self.assertEqual(self.states_of(ids), ["delivered", "duplicate"])
        self.assertNotIn("tid", receiver.seen()[0].params)

    def test_wait_then_hold_is_one_postback(self):
        receiver = self.receiver()
        ids = self.insert_all("abc", [{"status": "wait"}, {"status": "hold"}, {"status": "approve"}])
        self.drain(receiver)
        self.assertEqual(self.states_of(ids), ["delivered", "duplicate", "delivered"])
        self.assertEqual([r.params["status"] for r in receiver.seen()], ["lead", "sale"])

    def test_the_same_click_at_another_tracker_is_no_duplicate(self):
        first, second = self.receiver(), self.receiver()
        config = self.write("two.toml", "".join(
            f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\n'
            for name, receiver in (("a", first), ("b", second))))
        for tracker in "ab":
            self.db.insert(tracker=tracker, subid="abc", status="sale")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        self.assertEqual((first.count(), second.count()), (1, 1))

    def test_a_duplicate_of_a_row_still_in_flight_is_found_too(self):
        receiver = self.receiver(lambda request: Reply(delay=0.3))
        self.worker(url=receiver.url)
        self.insert_all("abc", [{"status": "sale"}] * 5)
        self.wait_for_states({"delivered": 1, "duplicate": 4})
        self.assertEqual(receiver.count(), 1)


if __name__ == "__main__":
    unittest.main()
