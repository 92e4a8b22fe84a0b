"""End to end against keitaro-sim with each kind of trouble: all is delivered, in order, and no rebill counts twice."""

import json
import unittest
import urllib.request

from harness import E2ETest, wait_until

STORY = ("lead", "sale", "rejected")


class Trouble(E2ETest):
    CLICKS = 60

    def setUp(self):
        super().setUp()
        self.init()

    def insert_stories(self):
        """A conversion's whole story for each click, and two rebills beside it. 300 rows."""
        rows = []
        for step in range(5):
            for click in range(self.CLICKS):
                if step < 3:
                    rows.append((f"c{click}", STORY[step], "order", "10" if step else "0"))
                else:
                    rows.append((f"c{click}", "rebill", f"rebill-{step}", "2.5"))
        self.db.insert_many(("subid", "status", "tid", "payout"), rows)
        return len(rows)

    def deliver(self, *sim_flags, flags=()):
        sim = self.sim(*sim_flags)
        total = self.insert_stories()
        self.worker("--retry-first-delay", "10ms", "--retry-max-delay", "80ms", "--max-attempts", "200", *flags, url=sim.url)
        self.wait_for_states({"delivered": total}, timeout=60)
        self.assert_stories_whole(sim)
        return sim

    def assert_stories_whole(self, sim):
        conversions = {(c["sub_id"], c["tid"]): c for c in sim.conversions()}
        self.assertEqual(len(conversions), self.CLICKS * 3)
        for (subid, tid), conversion in conversions.items():
            if tid == "order":
                self.assertEqual((conversion["status"], conversion["previous_status"]), ("rejected", "sale"), subid)
                self.assertEqual(once_each(conversion["history"]), list(STORY), subid)
            else:
                self.assertEqual((conversion["status"], conversion["rebills"], conversion["revenue"]), ("rebill", 1, "2.5"), subid)
        self.assertEqual(sim.stats()["rebills_counted_twice"], 0)

    def repeats(self, sim):
        taken = [r for r in sim.received() if r["result"] == "queued"]
        return len(taken) - self.CLICKS * 5

    def test_none(self):
        sim = self.deliver()
        self.assertEqual(self.repeats(sim), 0)
        self.assertEqual(self.db.value("SELECT count(*) FROM delivery_attempts"), 0)

    def test_failing_answers(self):
        sim = self.deliver("--fail", "503:0.2")
        self.assertEqual(self.repeats(sim), 0, "what was answered 503 was not taken in, and nothing else is repeated")
        self.assertGreater(self.db.value("SELECT count(*) FROM delivery_attempts WHERE http_status = 503"), 10)

    def test_several_failing_answers(self):
        self.deliver("--fail", "500:0.1", "--fail", "429:0.1", "--fail", "404:0.05")

    def test_connections_cut_before_the_postback_is_taken_in(self):
        sim = self.deliver("--cut-before", "0.1")
        self.assertEqual(self.repeats(sim), 0)

    def test_connections_cut_after_the_postback_was_taken_in(self):
        sim = self.deliver("--cut-after", "0.1")
        self.assertGreater(self.repeats(sim), 0, "the trouble took place")

    def test_postbacks_that_hang(self):
        self.deliver("--hang", "0.02", flags=("--request-timeout", "400ms"))

    def test_latency(self):
        sim = self.deliver("--latency", "50ms")
        self.assertEqual(self.repeats(sim), 0)

    def test_latency_beyond_the_request_timeout_now_and_then(self):
        self.deliver("--latency", "20ms", "--latency-jitter", "200ms", flags=("--request-timeout", "200ms"))

    def test_retry_after(self):
        self.deliver("--fail", "429:0.02", "--retry-after", "1")

    def test_all_at_once(self):
        self.deliver("--fail", "503:0.1", "--cut-before", "0.05", "--cut-after", "0.05", "--hang", "0.01", "--latency", "5ms",
                     flags=("--request-timeout", "500ms"))


def once_each(names):
    """Without immediate repeats: a repeat after a cut changes nothing."""
    return [name for number, name in enumerate(names) if number == 0 or names[number - 1] != name]


class TheSimulator(E2ETest):
    """What the simulator says of postbacks, as far as an integration relies on it."""

    def setUp(self):
        super().setUp()
        self.init()

    def test_what_the_worker_refuses_the_simulator_would_not_have_taken(self):
        sim = self.sim()
        for status in ("sale", "lead"):
            self.db.insert(subid="abc", status=status)
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--to", sim.url, "--allow-private").code, 3)
        self.assertEqual([(c["status"], c["history"]) for c in sim.conversions()], [("sale", ["sale"])])

    def test_a_wrong_key_is_not_taken_in_and_the_row_waits(self):
        sim = self.sim()
        self.db.insert(subid="abc", status="sale")
        wrong = sim.url.replace(sim.key, "wrong-key")
        result = self.ko("drain", "--db", self.db_path, "--to", wrong, "--allow-private", "--timeout", "1s")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(sim.conversions(), [])

    def test_every_parameter_reaches_the_conversion(self):
        sim = self.sim()
        self.db.insert(subid="abc", status="sale", tid="t-1", payout="12.50", cost="3", currency="usd",
                       params='{"sub_id_1":"кот","sub_id_15":"last & least"}')
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--to", sim.url, "--allow-private").code, 0)
        (conversion,) = sim.conversions("abc")
        self.assertEqual((conversion["tid"], conversion["status"], conversion["revenue"], conversion["cost"]), ("t-1", "sale", "12.5", "3"))
        self.assertEqual(conversion["sub_ids"], {"sub_id_1": "кот", "sub_id_15": "last & least"})

    def test_delivered_is_not_yet_recorded(self):
        """The tracker answers first and looks the click up later; its logs tell what became of it."""
        clicks = self.write("clicks.txt", "known\n")
        sim = self.sim("--verdict-delay", "1500ms", "--clicks", clicks)
        for subid in ("known", "invented"):
            self.db.insert(subid=subid, status="sale")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--to", sim.url, "--allow-private").code, 0)
        self.assertEqual(self.db.states(), {"delivered": 2})
        wait_until(lambda: any("complete" in line for line in self.postback_log(sim, "known")), what="the verdict")
        wait_until(lambda: any("not found" in line for line in self.postback_log(sim, "invented")), what="the other verdict")
        self.assertEqual([c["sub_id"] for c in sim.conversions()], ["known"])

    def postback_log(self, sim, subid):
        query = f"/admin_api/v1/logs/postbacks?limit=50&query={subid}"
        request = urllib.request.Request(sim.base + query, headers={"Api-Key": "api-key"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [line["message"] for line in json.loads(answer.read())]

    def test_trouble_that_ends_while_the_worker_runs(self):
        sim = self.sim("--fail", "503:1.0")
        self.db.insert_many(("subid", "status"), [(f"c{n}", "lead") for n in range(100)])
        self.worker("--retry-first-delay", "20ms", "--retry-max-delay", "100ms", url=sim.url)
        wait_until(lambda: sim.stats()["received"] >= 10, what="the trouble is met")
        self.assertEqual(self.db.states(), {"pending": 100})
        body = json.dumps({"fail": {}}).encode()
        with urllib.request.urlopen(urllib.request.Request(sim.base + "/sim/trouble", data=body, method="POST"), timeout=30) as answer:
            self.assertEqual(answer.status, 200)
        self.wait_for_states({"delivered": 100}, timeout=60)


if __name__ == "__main__":
    unittest.main()
