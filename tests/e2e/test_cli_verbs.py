"""The verbs that read and mend, as words and as JSON, and what the environment says."""

import json
import time
import unittest

from harness import COMMAND, E2ETest, run_command
from receiver import Reply


class Verbs(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.place = ("--db", self.db_path)

    def ok(self, *args, env=None):
        result = self.ko(*args, env=env)
        self.assertEqual((result.code, result.err), (0, ""), (args, result))
        return result.out


class Add(Verbs):
    def test_add_writes_every_column_and_prints_the_id(self):
        out = self.ok("add", *self.place, "--subid", "abc", "--status", "sale", "--tid", "t-1", "--payout", "12.50", "--cost", "-3",
                      "--currency", "usd", "--campaign", "code", "--tracker", "second", "--param", "sub_id_1=a b=c", "--param", "sub_id_2=",
                      "--event-id", "e-1")
        self.assertEqual(out, "1\n")
        row = self.db.row(1)
        self.assertEqual([row[c] for c in ("subid", "status", "tid", "payout", "cost", "currency", "campaign", "tracker", "event_id")],
                         ["abc", "sale", "t-1", "12.50", "-3", "usd", "code", "second", "e-1"])
        self.assertEqual(json.loads(row["params"]), {"sub_id_1": "a b=c", "sub_id_2": ""})
        self.assertEqual((row["state"], row["due_at"]), ("pending", 0))

    def test_the_same_event_twice_is_told_and_harmless(self):
        first = self.ko_json("add", *self.place, "--subid", "abc", "--status", "sale", "--event-id", "e")
        second = self.ko_json("add", *self.place, "--subid", "abc", "--status", "sale", "--event-id", "e")
        self.assertEqual(first["id"], second["id"])
        self.assertEqual(self.db.states(), {"pending": 1})

    def test_a_row_for_later(self):
        now = time.time() * 1000
        self.ok("add", *self.place, "--subid", "abc", "--status", "lead", "--in", "10m")
        self.assertAlmostEqual(self.db.row(1)["due_at"], now + 600_000, delta=30_000)
        self.ok("add", *self.place, "--subid", "abc", "--status", "lead", "--due-at", "4102444800000")
        self.assertEqual(self.db.row(2)["due_at"], 4102444800000)

    def test_negative_amounts_and_values_that_look_like_flags_are_values(self):
        self.ok("add", *self.place, "--subid=--status", "--status", "lead", "--payout", "-3", "--tid=-1")
        self.assertEqual([self.db.row(1)[c] for c in ("subid", "payout", "tid")], ["--status", "-3", "-1"])

    def test_a_running_worker_notices_an_added_row(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.ok("add", *self.place, "--subid", "abc", "--status", "hold")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(receiver.seen()[0].params["status"], "lead")


class Reading(Verbs):
    def setUp(self):
        super().setUp()
        self.receiver_ = self.receiver(lambda r: Reply(422, b"no good") if r.subid == "bad" else Reply())
        for subid, status in (("good", "lead"), ("bad", "lead"), ("good", "sale"), ("good", "sale"), ("odd", "nonsense")):
            self.db.insert(subid=subid, status=status, tid="t" if subid == "good" else None)
        self.to = ("--to", self.receiver_.url)
        result = self.ko("drain", *self.place, *self.to, "--allow-private", "--retry-first-delay", "20ms")
        self.assertEqual(result.code, 3, result)
        self.db.insert(subid="later", status="lead", due_at=4102444800000)

    def test_status_counts_by_tracker_and_state(self):
        out = self.ok("status", *self.place)
        for word in ("default", "pending", "delivered", "duplicate", "refused", "dead", "cancelled"):
            self.assertIn(word, out)
        (tracker,) = self.ko_json("status", *self.place)["trackers"]
        self.assertEqual({state: tracker[state] for state in ("pending", "delivered", "duplicate", "refused", "dead", "cancelled")},
                         {"pending": 1, "delivered": 2, "duplicate": 1, "refused": 1, "dead": 1, "cancelled": 0})

    def test_status_of_an_empty_outbox(self):
        path = self.path("empty.db")
        self.ok("init", "--db", path)
        self.assertTrue(self.ok("status", "--db", path))
        self.assertEqual(self.ko_json("status", "--db", path)["trackers"], [])

    def test_status_tells_whether_a_worker_runs(self):
        self.assertIs(self.ko_json("status", *self.place)["worker_running"], False)
        worker = self.worker(url=self.receiver_.url)
        row = self.db.insert(subid="new", status="lead")
        self.wait_for_state(row, "delivered")
        self.assertIs(self.ko_json("status", *self.place)["worker_running"], True)
        worker.kill()
        self.assertIs(self.ko_json("status", *self.place)["worker_running"], False)

    def test_list_shows_rows_and_why_they_are_where_they_are(self):
        out = self.ok("list", *self.place)
        for word in ("good", "bad", "odd", "later", "dead", "refused", "duplicate", "nonsense"):
            self.assertIn(word, out)
        rows = self.ko_json("list", *self.place)
        self.assertEqual(sorted(row["id"] for row in rows), [1, 2, 3, 4, 5, 6])
        self.assertEqual([row["id"] for row in self.ko_json("list", *self.place, "--state", "dead")], [2])
        self.assertEqual(len(self.ko_json("list", *self.place, "--limit", "2")), 2)
        self.assertEqual(self.ko_json("list", *self.place, "--tracker", "none-such", "--force"), [])
        dead = self.ko_json("list", *self.place, "--state", "dead")[0]
        self.assertEqual((dead["subid"], dead["status"], dead["state"], dead["attempts"], dead["http_status"]),
                         ("bad", "lead", "dead", 3, 422))
        self.assertIn("422", dead["reason"])

    def test_show_tells_a_clicks_whole_story(self):
        out = self.ok("show", "good", *self.place)
        for word in ("delivered", "duplicate", "lead", "sale"):
            self.assertIn(word, out)
        story = self.ko_json("show", "good", *self.place)
        self.assertEqual([row["state"] for row in story["rows"]], ["delivered", "delivered", "duplicate"])
        self.assertEqual([(c["tid"], c["status"]) for c in story["conversions"]], [("t", "sale")])
        bad = self.ok("show", "bad", *self.place)
        self.assertIn("no good", bad)
        (row,) = self.ko_json("show", "bad", *self.place)["rows"]
        self.assertEqual([a["attempt"] for a in row["failed_attempts"]], [1, 2, 3])

    def test_show_of_an_unknown_click_says_so(self):
        result = self.ko("show", "nobody", *self.place)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)
        self.assertIn("nobody", result.err)

    def test_preview_shows_the_request_without_sending_it(self):
        row = self.db.insert(subid="p q", status="approve", tid="t&1", payout="12.50", currency="usd", params='{"sub_id_1":"x"}')
        count = self.receiver_.count()
        out = self.ok("preview", str(row), *self.place, *self.to)
        for word in ("subid=p%20q", "status=sale", "tid=t%261", "payout=12.5", "currency=usd", "sub_id_1=x", "return=OK", "***"):
            self.assertIn(word, out)
        self.assertNotIn(self.receiver_.key, out)
        preview = self.ko_json("preview", str(row), *self.place, *self.to)
        self.assertEqual(preview["request"]["params"]["status"], "sale")
        self.assertEqual(self.receiver_.count(), count)
        self.assertEqual(self.db.state(row), "pending")

    def test_preview_of_what_would_not_be_sent_says_why(self):
        row = self.db.insert(subid="good", status="lead", tid="t")
        out = self.ok("preview", str(row), *self.place, *self.to)
        self.assertIn("sale", out)
        self.assertIn("lead", out)
        self.assertIsNone(self.ko_json("preview", str(row), *self.place, *self.to)["request"])
        result = self.ko("preview", "4711", *self.place, *self.to)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)

    def test_reading_verbs_change_nothing(self):
        before = self.shell(".dump").out
        for args in (("status",), ("list",), ("show", "good"), ("preview", "6", *self.to)):
            self.ok(args[0], *self.place, *args[1:])
        self.assertEqual(self.shell(".dump").out, before)

    def test_what_is_printed_survives_a_pipe_that_closes(self):
        result = run_command(["/bin/sh", "-c", f"'{COMMAND}' list --db '{self.db_path}' | head -n 1"])
        self.assertEqual((result.code, result.err), (0, ""))


class Environment(Verbs):
    def test_the_database_the_tracker_and_the_configuration_can_come_from_the_environment(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        result = self.ko("drain", "--allow-private", env={"KEITARO_OUTBOX_DB": self.db_path, "KEITARO_POSTBACK_URL": receiver.url})
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.count(), 1)
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n')
        self.db.insert(subid="def", status="sale")
        result = self.ko("drain", env={"KEITARO_OUTBOX_DB": self.db_path, "KEITARO_OUTBOX_CONFIG": config})
        self.assertEqual(result.code, 0, result)
        self.assertEqual(receiver.count(), 2)

    def test_a_flag_goes_before_the_environment(self):
        right, wrong = self.receiver(), self.receiver()
        self.db.insert(subid="abc", status="sale")
        env = {"KEITARO_OUTBOX_DB": self.path("wrong.db"), "KEITARO_POSTBACK_URL": wrong.url}
        result = self.ko("drain", *self.place, "--to", right.url, "--allow-private", env=env)
        self.assertEqual(result.code, 0, result)
        self.assertEqual((right.count(), wrong.count()), (1, 0))

    def test_logs_as_json_are_one_object_a_line(self):
        receiver = self.receiver(lambda r: Reply(503, b'"\n') if r.number == 0 else Reply())
        self.db.insert(subid='quote " and \n newline', status="sale")
        worker = self.worker("--log-format", "json", "--retry-first-delay", "20ms", url=receiver.url)
        self.wait_for_states({"delivered": 1})
        worker.terminate()
        lines = worker.stderr().splitlines()
        self.assertTrue(lines)
        for line in lines:
            entry = json.loads(line)
            self.assertIn("level", entry)
        self.assertEqual(worker.stdout(), "")

    def test_log_levels_leave_out_what_is_below(self):
        receiver = self.receiver()
        texts = {}
        for level in ("debug", "error"):
            self.db.insert(subid=level, status="sale")
            result = self.ko("drain", *self.place, "--to", receiver.url, "--allow-private", "--log-level", level)
            texts[level] = result.err
        self.assertIn("delivered", texts["debug"])
        self.assertEqual(texts["error"], "")


class Check(Verbs):
    def test_all_is_well(self):
        sim = self.sim()
        result = self.ko("check", *self.place, "--to", sim.url, "--allow-private")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.db.states(), {})

    def complaint(self, *args, word):
        """The one line that says what is wrong."""
        result = self.ko("check", *self.place, *args)
        lines = [line for line in (result.out + result.err).splitlines() if word in line.lower()]
        self.assertTrue(lines, (word, result))
        return result

    def test_each_thing_that_keeps_a_postback_from_arriving_is_told(self):
        sim = self.sim()
        receiver = self.receiver(lambda r: Reply(200, b"<html>hello</html>"))
        no_key = sim.base + "/postback"
        gone = self.receiver()
        gone.stop()
        for url, word in ((no_key, "key"), (gone.url, "refused"), (receiver.url, "return="), (sim.url + "?reject_status=x", "reject_status"),
                          (sim.url.replace(sim.key, "wrong-key"), "404")):
            with self.subTest(word=word):
                self.complaint("--to", url, "--allow-private", word=word)
        self.assertEqual(self.complaint("--to", gone.url, "--allow-private", word="refused").code, 1)

    def test_a_missing_schema_is_told(self):
        empty = self.path("empty.db")
        self.shell("CREATE TABLE t (x)", db_path=empty)
        sim = self.sim()
        result = self.ko("check", "--db", empty, "--to", sim.url, "--allow-private")
        self.assertEqual(result.code, 1, result)
        self.assertIn("init", result.out + result.err)

    def test_offline_sends_nothing(self):
        receiver = self.receiver()
        self.ko("check", *self.place, "--to", receiver.url, "--allow-private", "--offline")
        self.assertEqual(receiver.count(), 0)

    def test_check_as_json(self):
        sim = self.sim()
        report = self.ko_json("check", *self.place, "--to", sim.url, "--allow-private")
        self.assertIs(report["ok"], True)
        self.assertTrue(all(finding["verdict"] in ("ok", "warn", "fail") for finding in report["findings"]))


class Odd(Verbs):
    def test_paths_with_odd_characters_work(self):
        receiver = self.receiver()
        for name in ("with space.db", "per%20cent?mode=ro.db", "кириллица#1.db", "file:x.db", "-dash.db"):
            with self.subTest(name=name):
                path = self.path(name)
                self.ok("init", "--db", path)
                self.ok("add", "--db", path, "--subid", name, "--status", "sale")
                result = self.ko("drain", "--db", path, "--to", receiver.url, "--allow-private")
                self.assertEqual(result.code, 0, result)
                self.assertEqual(receiver.seen()[-1].subid, name)


if __name__ == "__main__":
    unittest.main()
