"""Names that nobody knows, advice that helps, and what is said before rows go out again."""

import unittest

from harness import E2ETest, wait_until


class UnknownNames(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.db.insert(subid="a", status="sale")

    def two_trackers(self, receiver):
        return self.write("outbox.toml", "".join(
            f'[[tracker]]\nname = "{name}"\nurl = "{receiver.url}"\nallow_private = true\n' for name in ("default", "second")))

    def assert_refused(self, *args, near):
        result = self.ko(*args, "--db", self.db_path)
        self.assertEqual(result.code, 2, result)
        self.assert_one_line(result.err)
        self.assertIn(f"did you mean '{near}'?", result.err)
        self.assertIn("--force", result.err)
        self.assertEqual(result.out, "")

    def test_a_misspelt_tracker_is_refused_by_every_verb_that_takes_one(self):
        for args in (("pause", "defualt"), ("resume", "defualt"), ("retry", "--tracker", "defualt"),
                     ("cancel", "--tracker", "defualt"), ("list", "--tracker", "defualt"), ("show", "a", "--tracker", "defualt"),
                     ("export", "--tracker", "defualt"), ("prune", "--older-than", "1d", "--tracker", "defualt")):
            with self.subTest(args[0]):
                self.assert_refused(*args, near="default")
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox_trackers"), 0)
        self.assertEqual(self.ko("list", "--tracker", "default", "--db", self.db_path).code, 0)

    def test_force_takes_the_name_as_it_is(self):
        self.assertEqual(self.ko("pause", "defualt", "--force", "--db", self.db_path).code, 0)
        self.assertEqual(self.db.value("SELECT tracker FROM outbox_trackers"), "defualt")
        # Now it is known: it can be let go on.
        self.assertEqual(self.ko("resume", "defualt", "--db", self.db_path).code, 0)

    def test_a_name_of_the_configuration_of_a_row_or_of_a_running_worker_is_known(self):
        receiver = self.receiver()
        config = self.two_trackers(receiver)
        self.assert_refused("pause", "secnd", "--config", config, near="second")
        self.assertEqual(self.ko("pause", "second", "--config", config, "--db", self.db_path).code, 0)
        self.assertEqual(self.ko("resume", "second", "--db", self.db_path).code, 0)
        self.shell("DELETE FROM outbox_trackers")
        self.assertEqual(self.ko("pause", "second", "--db", self.db_path).code, 2)
        self.worker("--config", config)
        wait_until(lambda: self.ko("pause", "second", "--db", self.db_path).code == 0, what="the worker has told its trackers' names")
        # Of a tracker that only finished rows name no index knows.
        self.shell("INSERT INTO outbox (tracker, subid, status) VALUES ('gone', 'g', 'sale');"
                   "UPDATE outbox SET state = 'delivered' WHERE tracker = 'gone'")
        self.assertEqual(self.ko("list", "--tracker", "gone", "--db", self.db_path).code, 0)


class Advice(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def config(self, more=""):
        return self.write("outbox.toml", f'[[tracker]]\nname = "default"\nurl = "https://t.example/k3y/postback"\n{more}')

    def commands(self, row, *flags):
        return [(c["command"], c["does"]) for c in self.ko_json("explain", str(row), "--db", self.db_path, *flags)["commands"]]

    def refused(self, **columns):
        row = self.db.insert(**columns)
        self.shell(f"UPDATE outbox SET state = 'refused', reason = 'so' WHERE id = {row}")
        return row

    def test_printed_commands_keep_database_and_configuration(self):
        config = self.config()
        row = self.db.insert(subid="a", status="sale")
        self.assertIn(f"keitaro-outbox run --db {self.db_path} --config {config}", [c for c, _ in self.commands(row, "--config", config)])
        env = {"KEITARO_OUTBOX_CONFIG": config}
        out = self.ko("explain", str(row), "--db", self.db_path, env=env).out
        self.assertIn(f"run --db {self.db_path} --config {config}", out)

    def test_a_row_that_would_be_refused_again_is_not_just_retried(self):
        config = self.config()
        for columns, verb, hint in (
                ({"status": "waiting_for_call"}, "retry", 'statuses = { "waiting_for_call"'),
                ({"status": "rebill"}, "add", "transaction id"),
        ):
            row = self.refused(subid="a", **columns)
            (command, does), = self.commands(row, "--config", config)
            self.assertTrue(command.startswith(f"keitaro-outbox {verb} "), command)
            self.assertIn(hint, does)

    def test_a_move_that_is_not_allowed_is_named_as_the_setting_that_allows_it(self):
        receiver = self.receiver()
        self.db.insert(subid="a", status="rejected")
        second = self.db.insert(subid="a", status="sale")
        self.drain(receiver, code=3)
        config = self.write("moves.toml", f'[[tracker]]\nname = "default"\nurl = "{receiver.url}"\nallow_private = true\n')
        (command, does), = self.commands(second, "--config", config)
        self.assertIn(f"retry --db {self.db_path} --id {second}", command)
        self.assertIn('allow_transitions = ["rejected->sale"]', does)
        told = self.ko("retry", "--id", str(second), "--config", config, "--db", self.db_path)
        self.assertEqual(told.code, 0, told)
        self.assertIn(f"row {second} is going to be refused: the tracker does not take a move from rejected to sale", told.err)

    def test_retry_says_that_a_row_was_delivered_and_that_nobody_sends(self):
        receiver = self.receiver()
        row = self.db.insert(subid="a", status="sale")
        self.drain(receiver)
        told = self.ko("retry", "--id", str(row), "--db", self.db_path)
        self.assertIn(f"row {row} was delivered already", told.err)
        self.assertIn("no worker runs on this host", told.err)
        self.assertEqual(len(self.ko_json("retry", "--id", str(row), "--rate", "5", "--db", self.db_path)["notes"]), 1)
        self.worker(url=receiver.url)
        wait_until(lambda: receiver.count() == 2, what="it is sent once more")
        self.assertNotIn("no worker", self.ko("retry", "--id", str(row), "--dry-run", "--db", self.db_path).err)


class Drains(E2ETest):
    def test_a_drain_ends_when_nothing_is_due_within_its_time(self):
        self.init()
        receiver = self.receiver()
        self.db.insert(subid="now", status="sale")
        week = self.db.value("SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)") + 7 * 86400 * 1000
        self.db.insert(subid="later", status="sale", due_at=week)
        # It would be killed by the test's own time-out if it waited for the whole hour.
        result = self.drain(receiver, "--timeout", "1h", code=4)
        self.assertIn("nothing more is due within 1h", result.err)
        self.assertEqual(receiver.count(), 1)
        told = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "1h", "--json")
        self.assertIn(f'"next_due_at": {week}', told.out)

    def test_a_drain_that_stands_by_ends_too(self):
        self.init()
        receiver = self.receiver()
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, "start")
        week = self.db.value("SELECT CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER)") + 7 * 86400 * 1000
        self.db.insert(subid="later", status="sale", due_at=week)
        self.assertIn("nothing more is due within 1h", self.drain(receiver, "--timeout", "1h", code=4).err)


class Checks(E2ETest):
    def check(self, *flags, db=None):
        return self.ko("check", "--offline", "--db", db or self.db_path, "--to", "https://t.example/k3y/postback", *flags)

    def test_a_schema_that_a_tool_has_rebuilt_is_told_from_ours(self):
        self.init()
        self.assertEqual(self.check().code, 0, self.check())
        self.shell("DROP TRIGGER outbox_taken_out")
        told = self.check()
        self.assertEqual(told.code, 1, told)
        self.assertIn("FAIL  schema: the trigger outbox_taken_out is missing", told.out)

        rebuilt = self.path("rebuilt.db")
        self.assertEqual(self.ko("init", "--db", rebuilt).code, 0)
        sql = self.shell("SELECT sql FROM sqlite_schema WHERE name = 'delivery_attempts'", rebuilt).out.replace("STRICT", "")
        self.assertEqual(self.shell(f"DROP TABLE delivery_attempts; {sql};"
                                    "CREATE UNIQUE INDEX delivery_attempts_of_row ON delivery_attempts (outbox_id, attempt)", rebuilt).code, 0)
        self.assertIn("the table delivery_attempts is not STRICT", self.check(db=rebuilt).out)
        # What an application adds beside ours is its own affair.
        added = self.path("added.db")
        self.assertEqual(self.ko("init", "--db", added).code, 0)
        self.shell("CREATE INDEX mine ON outbox (created_at); CREATE TABLE shop (id INTEGER); ALTER TABLE outbox ADD COLUMN note TEXT", added)
        self.assertEqual(self.check(db=added).code, 0, self.check(db=added))

    def test_a_copy_of_a_database_that_a_worker_elsewhere_delivers_from_is_warned_of(self):
        self.init()
        receiver = self.receiver()
        self.db.insert(subid="a", status="sale")
        self.drain(receiver)
        self.assertNotIn("elsewhere", self.check().out)
        copy = self.path("staging/app.db")
        self.shell(f".system mkdir {self.path('staging')}")
        self.assertEqual(self.shell(f".backup {copy}").code, 0)
        self.assertIn("warn  database: outcomes were recorded in it by a worker elsewhere", self.check(db=copy).out)
        first = self.ko("drain", "--db", copy, "--to", receiver.url, "--allow-private")
        self.assertIn("used_elsewhere", first.err)
        self.assertNotIn("used_elsewhere", self.drain(receiver).err)


if __name__ == "__main__":
    unittest.main()
