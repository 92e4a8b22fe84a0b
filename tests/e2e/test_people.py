"""What people type first and what they are told: folders that are not there, lists that end, words for flags, spreadsheets."""

import os
import unittest

from harness import COMMAND, E2ETest
from terminal import Terminal


class FirstSteps(E2ETest):
    def test_init_says_what_is_wrong_with_the_folder(self):
        result = self.ko("init", "--db", self.path("absent/app.db"))
        self.assertEqual(result.code, 1, result)
        self.assert_one_line(result.err)
        self.assertIn("there is no folder", result.err)
        self.assertNotIn("run `keitaro-outbox init", result.err)
        if os.geteuid() == 0:
            return  # Root may write anywhere.
        os.mkdir(self.path("closed"), 0o500)
        result = self.ko("init", "--db", self.path("closed/app.db"))
        self.assertEqual(result.code, 1, result)
        self.assertIn("may not write into the folder", result.err)

    def test_help_and_version_are_words_too(self):
        self.assertEqual(self.ko("help").out, self.ko("--help").out)
        self.assertEqual(self.ko("help", "drain").out, self.ko("drain", "--help").out)
        for words in (("version",), ("-v",)):
            self.assertEqual(self.ko(*words), self.ko("--version"))
        self.assertEqual(self.ko("help", "drian").code, 2)

    def test_explain_of_a_click_names_the_verb_for_clicks(self):
        self.init()
        result = self.ko("explain", "dk0272", "--db", self.db_path)
        self.assertEqual(result.code, 2, result)
        self.assert_one_line(result.err)
        self.assertIn("keitaro-outbox show dk0272", result.err)


class Lists(E2ETest):
    def test_a_list_that_ends_before_the_rows_do_says_so(self):
        self.init()
        self.insert_clicks(51)
        self.assertIn("there are more rows", self.ko("list", "--db", self.db_path).err)
        self.assertEqual(self.ko("list", "--db", self.db_path, "--limit", "51").err, "")
        self.assertEqual(len(self.ko_json("list", "--db", self.db_path)), 50)

    def test_a_reason_that_is_too_long_for_the_line_goes_on_below(self):
        self.init()
        reason = "the tracker answered with a sentence that is far too long to stand beside all else at the end of one line"
        self.db.insert(subid="a", status="sale", state="dead", reason=reason)
        for verb in ("list", "status"):
            with self.subTest(verb):
                terminal = Terminal([COMMAND, verb, "--db", self.db_path], columns=80, env={"NO_COLOR": "1"})
                self.addCleanup(terminal.close)
                self.assertEqual(terminal.wait(), 0)
                shown = terminal.page.text()
                self.assertEqual(terminal.page.unknown, [], shown)
                self.assertNotIn("…", shown)
                for word in reason.split():
                    self.assertIn(word, shown)

    def test_each_unknown_status_is_named(self):
        self.init()
        for status in ("call_back", "thinking"):
            self.db.insert(subid=status, status=status)
        self.drain(self.receiver(), code=3)
        self.assertRegex(self.ko("status", "--db", self.db_path).out, r'the status "(call_back|thinking)" or "(call_back|thinking)" is unknown')

    def test_a_terminal_that_knows_no_utf8_gets_none(self):
        self.init()
        self.db.insert(subid="клик", status="sale", state="dead", reason="нет")
        plain = {"LC_ALL": "C"}
        result = self.ko("list", "--db", self.db_path, env=plain)
        self.assertTrue(result.out.isascii(), result.out)
        self.assertIn("\\u043a", result.out)
        self.assertTrue(self.ko("status", "--help", env=plain).out.isascii())
        self.assertTrue(self.ko("pause", "клик", "--db", self.db_path, env=plain).err.isascii())
        self.assertIn("клик", self.ko("list", "--db", self.db_path, env={"LC_ALL": "C.UTF-8"}).out)
        # Data stays what it is.
        self.assertIn("клик", self.ko("export", "--state", "dead", "--db", self.db_path, env=plain).out)


class Spreadsheets(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def run_import(self, text, *flags, code=0):
        result = self.ko("import", self.write("in.csv", text), *flags, "--db", self.db_path)
        self.assertEqual(result.code, code, result)
        return result

    def rows(self):
        return self.db.all("SELECT subid, status, payout FROM outbox ORDER BY id")

    def test_all_unknown_columns_are_named_at_once_and_can_be_mapped(self):
        text = "Click ID,status,Date,Sum\na,sale,2026-01-01,2\n"
        told = self.run_import(text, code=1)
        self.assert_one_line(told.err)
        for word in ("'Click ID'", "'Date'", "'Sum'", "--map"):
            self.assertIn(word, told.err)
        self.run_import(text, "--map", "Click ID=subid", "--map", "date=-", "--map", "Sum=payout")
        self.assertEqual(self.rows(), [("a", "sale", "2")])
        wrong = self.ko("import", self.path("in.csv"), "--map", "Date=dat", "--db", self.db_path)
        self.assertEqual(wrong.code, 2, wrong)

    def test_what_spreadsheets_leave_around_is_passed_over(self):
        result = self.run_import("sep=;\nsubid;status;payout;;\n\u00a0a ;\u200bsale;1.5;;\n;;;;\nsubid;status;payout;;\nb;sale;2;\n")
        self.assertEqual(self.rows(), [("a", "sale", "1.5"), ("b", "sale", "2")])
        self.assertIn("2 values had blanks or invisible characters", result.out)

    def test_decimal_commas_are_taken_when_asked_and_named_when_not(self):
        text = "subid;status;payout\na;sale;1,5\nb;sale;1.234,50\nc;sale;1\u00a0234,5\nd;sale;7\n"
        told = self.run_import(text, code=1)
        self.assertIn("--decimal-comma", told.err)
        self.assertEqual(self.shell("DELETE FROM outbox").code, 0)
        self.run_import(text, "--decimal-comma")
        self.assertEqual([row[2] for row in self.rows()], ["1.5", "1234.50", "1234.5", "7"])
        self.assertIn("can mean two amounts", self.run_import("subid;status;payout\ne;sale;1.234\n", "--decimal-comma", code=1).err)

    def test_due_at_in_another_unit_is_refused_with_what_it_would_mean(self):
        told = self.run_import("subid,status,due_at\na,sale,1767225600\nb,sale,1767225600000000\nc,sale,1767225600000\n", code=1)
        self.assertIn("looks like seconds", told.err)
        self.assertIn("for 2026-01-01 write 1767225600000", told.err)
        self.assertIn("looks like microseconds", told.err)
        self.assertEqual([row[0] for row in self.rows()], ["c"])
        self.assertEqual(self.ko("add", "--subid", "d", "--status", "lead", "--due-at", "1767225600", "--db", self.db_path).code, 2)

    def test_unknown_statuses_are_listed_with_a_dry_run_and_without(self):
        text = "subid,status\na,paid\nb,lead\nc,paid\nd,lost\n"
        dry = self.run_import(text, "--dry-run")
        real = self.run_import(text)
        self.assertEqual(dry.err, real.err)
        self.assertIn("'paid' (2 rows)", real.err)
        self.assertIn("'lost' (1 row)", real.err)

    def test_reasons_of_many_rejected_lines_are_summed_up(self):
        told = self.run_import("subid,status,payout\n" + ",lead,\n" * 30 + "a,lead,x\n", code=1)
        self.assertRegex(told.err, r"the reasons of all: 30 × subid must have[^\n]*, 1 × payout must be a plain decimal")


if __name__ == "__main__":
    unittest.main()
