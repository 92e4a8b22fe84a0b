"""Of one click, rows go out one after another in order of id; other clicks pass by."""

import random
import threading
import time
import unittest

from harness import E2ETest, Database, QUICK_RETRIES, wait_until
from receiver import Reply, ok


def sequence(request):
    return int(request.params["tid"])


class Order(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def assert_in_order(self, receiver, rows_of_click):
        """Each click's rows (numbered by tid from 0) came in order, none beside another."""
        self.assertEqual(receiver.overlaps, [], "requests of one click were in flight together")
        for subid, seen in receiver.by_click(sequence).items():
            self.assertEqual(seen, list(range(rows_of_click[subid])), subid)

    def test_rows_of_each_click_keep_their_order_under_load_and_concurrent_inserts(self):
        receiver = self.receiver(lambda request: Reply(delay=random.uniform(0, 0.004)))
        self.worker(url=receiver.url)
        clicks, rows = 60, 20

        def write(part):
            """One connection a thread; each owns its clicks and inserts them round by round, as several would come in."""
            database = Database(self.db_path)
            for number in range(rows):
                for click in range(part, clicks, 3):
                    database.insert(subid=f"c{click}", status="sale", tid=str(number))
            database.close()

        writers = [threading.Thread(target=write, args=(part,)) for part in range(3)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        self.wait_for_states({"delivered": clicks * rows}, timeout=60)
        self.assert_in_order(receiver, {f"c{click}": rows for click in range(clicks)})
        self.assertGreater(receiver.in_flight_most, 4, "clicks do not wait for one another")

    def test_a_later_row_waits_while_the_earlier_is_in_backoff_and_other_clicks_pass(self):
        refused = {"left": 3}

        def answer(request):
            if request.subid == "slow" and request.params["tid"] == "0" and refused["left"]:
                refused["left"] -= 1
                return Reply(503)
            return Reply()

        receiver = self.receiver(answer)
        self.worker("--retry-first-delay", "300ms", "--retry-max-delay", "600ms", url=receiver.url)
        self.db.insert(subid="slow", status="sale", tid="0")
        wait_until(receiver.count, what="the first attempt")
        self.db.insert(subid="slow", status="sale", tid="1")
        self.db.insert(subid="slow", status="sale", tid="2")
        for number in range(20):
            self.db.insert(subid=f"other{number}", status="sale", tid="0")
        self.wait_for_states({"delivered": 23})
        slow = [sequence(r) for r in receiver.seen() if r.subid == "slow"]
        self.assertEqual(slow, [0, 0, 0, 0, 1, 2])
        numbers = {(r.subid, r.params["tid"]): r.number for r in receiver.seen()}
        last_of_others = max(numbers[f"other{number}", "0"] for number in range(20))
        self.assertLess(last_of_others, numbers["slow", "1"], "other clicks pass the one that waits")

    def test_the_click_goes_on_after_a_dead_row(self):
        receiver = self.receiver(lambda r: Reply(400) if r.params["tid"] == "0" and r.subid == "bad" else Reply())
        self.worker(*QUICK_RETRIES, url=receiver.url)
        bad = self.db.insert(subid="bad", status="sale", tid="0")
        later = [self.db.insert(subid="bad", status="sale", tid=str(n)) for n in (1, 2)]
        for number in range(10):
            self.db.insert(subid=f"good{number}", status="sale", tid="0")
        self.wait_for_state(bad, "dead")
        for row in later:
            self.wait_for_state(row, "delivered")
        seen = [sequence(r) for r in receiver.seen() if r.subid == "bad"]
        self.assertEqual(seen, [0, 0, 0, 1, 2])

    def test_the_click_goes_on_after_a_refused_and_a_duplicate_row(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        for status in ("sale", "lead", "sale", "nonsense", "rejected"):
            self.db.insert(subid="abc", status=status)
        self.wait_for_states({"delivered": 2, "refused": 2, "duplicate": 1})
        self.assertEqual([r.params["status"] for r in receiver.seen()], ["sale", "rejected"])

    def test_a_later_row_waits_for_an_earlier_one_that_is_scheduled(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        due_at = int(time.time() * 1000) + 1200
        self.db.insert(subid="abc", status="sale", tid="0", due_at=due_at)
        self.db.insert(subid="abc", status="sale", tid="1")
        self.db.insert(subid="other", status="sale", tid="0")
        self.wait_for_states({"delivered": 3})
        self.assertEqual([(r.subid, r.params["tid"]) for r in receiver.seen()], [("other", "0"), ("abc", "0"), ("abc", "1")])
        self.assertGreaterEqual(self.db.row(1)["finished_at"], due_at)

    def test_two_scheduled_rows_of_a_click_go_by_id_not_by_time(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        now = int(time.time() * 1000)
        self.db.insert_many(("subid", "status", "tid", "due_at"),
                            [("abc", "sale", "0", now + 1200), ("abc", "sale", "1", now + 300), ("abc", "sale", "2", 0)])
        self.wait_for_states({"delivered": 3})
        self.assertEqual([sequence(r) for r in receiver.seen()], [0, 1, 2])

    def test_the_same_subid_at_two_trackers_is_two_queues(self):
        slow = self.receiver(lambda request: Reply(503))
        fast = self.receiver()
        config = self.write("two.toml", f"""
[[tracker]]
name = "slow"
url = "{slow.url}"
allow_private = true
retry_first_delay = "5s"
[[tracker]]
name = "fast"
url = "{fast.url}"
allow_private = true
""")
        self.worker("--config", config)
        self.db.insert_many(("tracker", "subid", "status", "tid"),
                            [("slow", "abc", "sale", "0"), ("fast", "abc", "sale", "0"), ("fast", "abc", "sale", "1")])
        self.wait_for_states({"pending": 1, "delivered": 2})
        self.assertEqual([sequence(r) for r in fast.seen()], [0, 1])

    def test_a_hot_click_neither_starves_nor_is_starved(self):
        receiver = self.receiver()
        hot = [("hot", "sale", str(n)) for n in range(2000)]
        others = [(f"c{n}", "sale", "0") for n in range(500)]
        self.db.insert_many(("subid", "status", "tid"), hot + others)
        self.worker(url=receiver.url)
        wait_until(lambda: len({r.subid for r in receiver.seen()}) == 501, 40, "all other clicks are served")
        hot_by_then = sum(r.subid == "hot" for r in receiver.seen())
        self.assertLess(hot_by_then, 2000, "others are not served after the hot click, but beside it")
        self.wait_for_states({"delivered": 2500}, timeout=60)
        self.assert_in_order(receiver, {"hot": 2000, **{f"c{n}": 1 for n in range(500)}})

    def test_order_holds_when_the_tracker_fails_now_and_then(self):
        chance = random.Random(7)

        def answer(request):
            if chance.random() < 0.15:
                return Reply(500)
            if chance.random() < 0.05:
                return Reply(then="drop")
            return ok(request)

        receiver = self.receiver(answer)
        rows = [(f"c{click}", "sale", str(number)) for number in range(10) for click in range(40)]
        self.db.insert_many(("subid", "status", "tid"), rows)
        self.worker("--retry-first-delay", "20ms", "--retry-max-delay", "100ms", "--max-attempts", "100", url=receiver.url)
        self.wait_for_states({"delivered": 400}, timeout=60)
        self.assertEqual(receiver.overlaps, [])
        for subid, seen in receiver.by_click(sequence).items():
            self.assertEqual(seen, sorted(seen), f"{subid}: a row never comes after a later one")
            self.assertEqual(sorted(set(seen)), list(range(10)))

    def test_concurrency_bounds_the_requests_in_flight(self):
        receiver = self.receiver(lambda request: Reply(delay=0.02))
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(100)])
        self.worker("--concurrency", "3", url=receiver.url)
        self.wait_for_states({"delivered": 100})
        self.assertLessEqual(receiver.in_flight_most, 3)
        self.assertGreaterEqual(receiver.in_flight_most, 2)

    def test_rate_bounds_the_requests_a_second(self):
        receiver = self.receiver()
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(60)])
        self.worker("--rate", "40", url=receiver.url)
        self.wait_for_states({"delivered": 60})
        requests = receiver.seen()
        # A burst of up to a second's worth is fair; what is left takes its time.
        self.assertGreater(requests[-1].at - requests[0].at, 0.4)
        self.assertEqual(len(requests), 60)


if __name__ == "__main__":
    unittest.main()
