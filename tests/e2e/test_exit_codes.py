"""0 done, 1 failed, 2 wrong usage or configuration, 3 drained with dead or refused rows, 4 gave up; one clear line."""

import os
import signal
import unittest

from harness import E2ETest, wait_until
from receiver import Reply

NOWHERE = "http://127.0.0.1:9/k/postback"
VERBS = ("init", "run", "drain", "add", "status", "list", "show", "preview", "retry", "cancel", "check")


class ExitCodes(E2ETest):
    def fails(self, code, *args, env=None, word=None):
        result = self.ko(*args, env=env)
        self.assertEqual(result.code, code, (args, result))
        self.assert_one_line(result.err)
        self.assertEqual(result.out, "")
        if word:
            self.assertIn(word, result.err)
        return result

    def to(self, receiver):
        return ("--db", self.db_path, "--to", receiver.url, "--allow-private")

    def test_wrong_usage_is_2(self):
        self.init()
        db = ("--db", self.db_path)
        for args in ((), ("fly",), ("init",), ("init", *db, "--no-such-flag"), ("init", *db, "more"), ("drain", *db, "--timeout", "soon"),
                     ("drain", *db, "--to", NOWHERE, "--timeout", "5"), ("run", *db, "--to", NOWHERE, "--max-attempts", "0"),
                     ("run", *db, "--to", NOWHERE, "--max-attempts", "many"), ("run", *db, "--to", NOWHERE, "--concurrency", "0"),
                     ("run", *db, "--to", NOWHERE, "--rate", "-1"), ("run", *db, "--to", NOWHERE, "--log-level", "loud"),
                     ("run", *db, "--to", NOWHERE, "--log-format", "xml"), ("run", *db, "--to", NOWHERE, "--grace", "x"),
                     ("run", *db, "--to", NOWHERE, "--request-timeout", "1e3s"), ("run", *db, "--to"),
                     ("run", *db, "--to", "ftp://host/k/postback"), ("run", *db, "--to", "nonsense"),
                     ("run", *db), ("drain", *db), ("show", *db), ("preview", *db, "x"), ("preview", *db), ("list", *db, "--state", "done"),
                     ("retry", *db, "--id", "x"), ("add", *db, "--status", "lead"), ("add", *db, "--subid", "abc")):
            with self.subTest(args=args):
                self.fails(2, *args)

    def test_a_misspelt_flag_or_verb_is_answered_with_the_likely_one(self):
        self.init()
        self.fails(2, "drian", "--db", self.db_path, word="drain")
        self.fails(2, "run", "--db", self.db_path, "--to", NOWHERE, "--alow-private", word="--allow-private")

    def test_a_wrong_configuration_is_2(self):
        self.init()
        for text, word in (("[[tracker]]\nname = 'x'\n", "url"), ("[[tracker]]\nurl = 'http://h/k/postback'\nconcurency = 3\n", "concurrency"),
                           ("tracker = 3\n", "tracker"), ("[[tracker]\n", "bad.toml:1"), ("", "tracker"),
                           ("[[tracker]]\nurl='http://h/k/postback'\n[[tracker]]\nurl='http://h/k/postback'\n", "default"),
                           ("[[tracker]]\nurl='http://h/k/postback'\nrequest_timeout = 10\n", "request_timeout"),
                           ("[[tracker]]\nurl='http://h/${NO_SUCH_VARIABLE}/postback'\n", "NO_SUCH_VARIABLE"),
                           ("[[tracker]]\nurl='http://h/k/postback'\nallow_transitions=['sale->gone']\n", "allow_transitions"),
                           ("[[tracker]]\nurl='http://h/k/postback'\nstyle='cooked'\n", "style"),
                           ("[[tracker]]\nurl='http://h/k/postback'\nstatuses={paid='bought'}\n", "paid")):
            with self.subTest(text=text):
                config = self.write("bad.toml", text)
                self.fails(2, "drain", "--db", self.db_path, "--config", config, word=word)
        self.fails(2, "drain", "--db", self.db_path, "--config", self.path("absent.toml"), word="absent.toml")

    def test_a_database_that_cannot_be_used_is_1_and_is_not_created(self):
        absent = self.path("absent.db")
        extra = {"run": ("--to", NOWHERE), "drain": ("--to", NOWHERE), "add": ("--subid", "a", "--status", "lead"), "show": ("abc",),
                 "preview": ("1", "--to", NOWHERE), "cancel": ("--id", "1"), "retry": ("--id", "1"), "check": ("--to", NOWHERE, "--offline")}
        for verb in VERBS:
            if verb == "init":
                continue
            with self.subTest(verb=verb):
                result = self.ko(verb, "--db", absent, *extra.get(verb, ()))
                self.assertEqual(result.code, 1, result)
                self.assertIn("absent.db", result.out + result.err)
                if verb != "check":
                    self.assert_one_line(result.err)
                self.assertFalse(os.path.exists(absent))

    def test_a_database_without_the_schema_says_to_run_init(self):
        self.shell("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
        for args in (("status",), ("list",), ("drain", "--to", NOWHERE), ("run", "--to", NOWHERE), ("add", "--subid", "a", "--status", "lead"),
                     ("show", "abc"), ("retry", "--id", "1")):
            with self.subTest(verb=args[0]):
                self.fails(1, args[0], "--db", self.db_path, *args[1:], word="init")

    def test_a_file_that_is_no_database_is_1(self):
        path = self.write("notes.txt", "These are notes, of a good length, and certainly no database.\n" * 40)
        for args in (("init",), ("status",), ("drain", "--to", NOWHERE)):
            with self.subTest(verb=args[0]):
                self.fails(1, args[0], "--db", path, *args[1:], word="notes.txt")
        self.fails(1, "init", "--db", self.folder)
        self.fails(1, "init", "--db", self.path("no/such/folder/app.db"))

    def test_a_row_that_breaks_a_rule_is_told_plainly_by_add(self):
        self.init()
        for args, word in ((("--subid", "{click}", "--status", "lead"), "macro"), (("--subid", "a", "--status", "lead", "--payout", "1,5"), "payout"),
                           (("--subid", "a", "--status", "lead", "--currency", "dollar"), "currency"), (("--subid", "", "--status", "lead"), "subid"),
                           (("--subid", "a", "--status", "lead", "--params", "[1]"), "params")):
            with self.subTest(args=args):
                result = self.ko("add", "--db", self.db_path, *args)
                self.assertIn(result.code, (1, 2), result)
                self.assert_one_line(result.err)
                self.assertIn(word, result.err)
        self.assertEqual(self.db.states(), {})

    def test_done_is_0(self):
        self.init()
        receiver = self.receiver()
        self.assertEqual(self.ko("drain", *self.to(receiver)).code, 0)
        self.db.insert(subid="abc", status="sale")
        self.db.insert(subid="abc", status="sale")
        self.assertEqual(self.ko("drain", *self.to(receiver)).code, 0)
        self.assertEqual(self.ko("drain", *self.to(receiver)).code, 0)

    def test_run_ends_with_0_at_a_signal(self):
        self.init()
        receiver = self.receiver()
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number):
                worker = self.worker(url=receiver.url)
                row = self.db.insert(subid=str(number), status="sale")
                self.wait_for_state(row, "delivered")
                worker.signal(number)
                self.assertEqual(worker.wait(), 0)

    def test_drain_with_dead_or_refused_rows_is_3(self):
        self.init()
        receiver = self.receiver(lambda r: Reply(422) if r.subid == "bad" else Reply())
        self.db.insert(subid="abc", status="nonsense")
        self.assertEqual(self.ko("drain", *self.to(receiver)).code, 3)
        self.assertEqual(self.ko("drain", *self.to(receiver)).code, 0, "what ended before this drain is no matter of its own")
        self.db.insert(subid="good", status="lead")
        self.db.insert(subid="bad", status="lead")
        result = self.ko("drain", *self.to(receiver), "--retry-first-delay", "20ms")
        self.assertEqual(result.code, 3, result)

    def test_drain_that_gives_up_is_4(self):
        self.init()
        receiver = self.receiver(lambda r: Reply(503))
        self.db.insert(subid="abc", status="lead")
        result = self.ko("drain", *self.to(receiver), "--timeout", "700ms")
        self.assertEqual(result.code, 4, result)
        self.assertEqual(self.db.state(1), "pending")

    def test_drain_waits_for_rows_that_are_due_later_or_gives_up(self):
        self.init()
        receiver = self.receiver()
        self.db.execute("INSERT INTO outbox (subid, status, due_at) SELECT 'abc', 'lead', created_at + 1000 FROM (SELECT CAST("
                        "(julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS created_at)")
        self.assertEqual(self.ko("drain", *self.to(receiver), "--timeout", "200ms").code, 4)
        self.assertEqual(self.ko("drain", *self.to(receiver), "--timeout", "30s").code, 0)
        self.assertEqual(self.db.state(1), "delivered")

    def test_drain_with_a_signal_stops_and_says_that_rows_are_left(self):
        self.init()
        receiver = self.receiver(lambda r: Reply(503))
        self.db.insert(subid="abc", status="lead")
        drain = self.worker(url=receiver.url, verb="drain")
        wait_until(receiver.count, what="it works")
        self.assertEqual(drain.terminate(), 4)

    def test_help_and_version_are_0_on_stdout(self):
        for verb in VERBS:
            with self.subTest(verb=verb):
                result = self.ko(verb, "--help")
                self.assertEqual((result.code, result.err), (0, ""))
                self.assertIn("--db", result.out)
        result = self.ko("--help")
        self.assertEqual((result.code, result.err), (0, ""))
        for verb in VERBS:
            self.assertIn(verb, result.out)
        version = self.ko("--version")
        self.assertEqual(version.code, 0)
        self.assertRegex(version.out, r"\d+\.\d+\.\d+")


if __name__ == "__main__":
    unittest.main()
