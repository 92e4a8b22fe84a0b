"""AlterCPA TOP, the front door, the outbox and Keitaro together: what the sender was answered, and what Keitaro has, are compared."""

import unittest

import altercpa
from chain import DOOR_KEY, SOURCE, ChainTest


class Chain(ChainTest):
    def test_nothing_is_missing_after_an_outage_and_killed_workers(self):
        door = self.start_door()
        worker = self.start_worker()
        sender = self.start_altercpa(door.base, "--people", 250, "--rate", 150)
        self.wait_for_calls(60)
        self.set_outage(1)
        self.wait_for_calls(140)
        worker.kill()
        self.wait_for_calls(240)
        worker = self.start_worker()
        self.wait_for_calls(320)
        self.set_outage(0)
        self.wait_for_calls(400)
        worker.kill()
        self.start_worker()
        self.assertEqual(sender.wait(120), 0, sender.output())
        self.assertGreater(self.assert_nothing_is_missing(), 400)

    def test_the_front_door_takes_calls_while_no_worker_runs(self):
        door = self.start_door()
        self.assertEqual(self.start_altercpa(door.base, "--people", 40, "--rate", 0).wait(60), 0)
        self.assertEqual(set(self.db.states()), {"pending"})
        self.start_worker()
        self.assert_nothing_is_missing()

    def test_run_opens_the_front_door_too(self):
        door = self.start_door(verb="run")
        self.assertEqual(self.start_altercpa(door.base, "--people", 40, "--rate", 0).wait(60), 0)
        self.assert_nothing_is_missing()
        self.assertEqual(door.terminate(), 0)

    def test_two_front_doors_serve_one_database(self):
        first, second = self.start_door(), self.start_door(config=self.door_config("second.toml"))
        self.start_worker()
        senders = [self.start_altercpa(door.base, "--people", 60, "--rate", 0, "--seed", number) for number, door in enumerate((first, second))]
        for sender in senders:
            self.assertEqual(sender.wait(60), 0, sender.output())
        self.assert_nothing_is_missing()

    def test_a_killed_front_door_has_each_call_that_it_answered(self):
        door = self.start_door()
        self.start_worker()
        sender = self.start_altercpa(door.base, "--people", 300, "--rate", 0, "--calls-at-once", 32)
        self.wait_for_calls(150)
        door.kill()
        self.assertEqual(sender.wait(60), 1, "each later call must have failed")
        answered = self.taken()
        rows = set(self.db.all("SELECT subid, status, substr(event_id, 10) FROM outbox"))
        missing = [event for event in answered if (event["click"], event["status"], f"{event['lead']}:{event['status']}:{event['time']}") not in rows]
        self.assertGreaterEqual(len(answered), 150)
        self.assertEqual(missing, [])

    def test_the_same_call_again_becomes_one_row(self):
        door = self.start_door()
        self.start_worker()
        result = altercpa.play("--url", f"{door.base}/{DOOR_KEY}/postback?click={{click}}&status={{status}}&lead={{lead}}&time={{time}}",
                               "--story", "-", stdin="2kd8s1v approve SUMMER 1777626600\n" * 3 + "2kd8s1v approve SUMMER 1777626601\n")
        self.assertEqual((result.code, result.out), (0, "200 OK\n" * 4))
        self.wait_for_states({"delivered": 1, "duplicate": 1})

    def test_what_cannot_become_a_row_is_kept_and_replayed(self):
        door = self.start_door()
        url = f"{door.base}/{DOOR_KEY}/postback?click={{click}}&status={{status}}_ed&lead={{lead}}&time={{time}}"
        result = altercpa.play("--url", url, "--story", "-", stdin="2kd8s1v approve SUMMER 1777626600\n{click} approve SUMMER 1777626601\n")
        self.assertEqual(result.code, 1)
        self.assertEqual([line[:4] for line in result.out.splitlines()], ["422 ", "422 "])
        self.assertEqual(self.db.value("SELECT count(*) FROM intake_rejects WHERE resolved_at IS NULL"), 2)
        kept = self.db.all("SELECT query, reason FROM intake_rejects")
        self.assertNotIn(DOOR_KEY, str(kept))
        mended = self.door_config("mended.toml", source=SOURCE + 'statuses = { approve_ed = "sale" }\n')
        replay = self.ko("rejects", "--replay", "--db", self.db_path, "--config", mended, env={"DOOR_KEY": DOOR_KEY})
        self.assertIn(replay.code, (0, 3), replay)
        self.assertEqual(self.db.all("SELECT subid, status, event_id FROM outbox"), [("2kd8s1v", "approve_ed", "altercpa:1:approve_ed:1777626600")])
        self.assertEqual(self.db.value("SELECT count(*) FROM intake_rejects WHERE resolved_at IS NULL"), 1)
        self.start_worker()
        self.wait_for_states({"delivered": 1})
        self.assertEqual([conversion["status"] for conversion in self.keitaro.conversions("2kd8s1v")], ["sale"])


if __name__ == "__main__":
    unittest.main()
