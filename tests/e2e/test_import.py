"""The verb import: what goes in, what is told of the rest, and what stands beside it."""

import csv
import fcntl
import io
import json
import os
import pty
import re
import signal
import statistics
import struct
import subprocess
import termios
import time
import unittest

from harness import COMMAND, SANITIZED, E2ETest, clean_environment, wait_until

HEADER = "event_id,subid,status,tid,payout,params\n"


def lines(count):
    return "".join(f'e{i},click{i % 977}x{i},lead,t{i},{i % 50}.5,"{{""sub_id_1"":""v{i}""}}"\n' for i in range(count))


def open_files(pid):
    folder = f"/proc/{pid}/fd"
    try:
        return [os.readlink(os.path.join(folder, name)) for name in os.listdir(folder)]
    except OSError:
        return []  # One was closed meanwhile.


class Import(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.place = ("--db", self.db_path)

    def count(self):
        return self.db.value("SELECT count(*) FROM outbox")


class Records(Import):
    def test_csv_as_spreadsheets_write_it(self):
        file = self.path("book.csv")
        with open(file, "w", encoding="utf-8-sig", newline="") as out:
            writer = csv.writer(out)  # Ends lines with CR LF, and quotes where it must.
            writer.writerow(["Status", "Payout", "subid", "tid", "params", "campaign"])
            writer.writerow(["sale", "12.50", "a,b", 'say "hi"', '{"sub_id_1":"x"}', ""])
            writer.writerow(["approve", "", "c", "two\nlines", "", "ж"])
        result = self.ko("import", file, *self.place)
        self.assertEqual((result.code, result.out, result.err), (0, "2 rows added, 0 already there, 0 rejected\n", ""))
        self.assertEqual(
            self.db.all("SELECT tracker, subid, status, tid, payout, params, campaign, state, due_at FROM outbox ORDER BY id"),
            [("default", "a,b", "sale", 'say "hi"', "12.50", '{"sub_id_1":"x"}', None, "pending", 0),
             ("default", "c", "approve", "two\nlines", None, None, "ж", "pending", 0)])

    def test_json_lines_from_standard_input(self):
        text = '{"subid":"a","status":"sale","payout":12.50,"params":{"n":1.50}}\n\n{"subid":"b","status":"lead","tid":null,"due_at":99}\n'
        self.assertEqual(self.ko("import", *self.place, stdin=text).code, 0)
        self.assertEqual(self.db.all("SELECT subid, payout, params, tid, due_at FROM outbox"),
                         [("a", "12.50", '{"n":1.50}', None, 0), ("b", None, None, None, 99)])

    def test_several_files_go_in_one_after_the_other(self):
        files = [self.write("1.csv", "subid,status\na,lead\n"), self.write("2.jsonl", '{"status":"sale","subid":"a"}\n')]
        self.assertEqual(self.ko("import", *files, *self.place).code, 0)
        self.assertEqual(self.db.all("SELECT subid, status FROM outbox ORDER BY id"), [("a", "lead"), ("a", "sale")])

    def test_a_running_worker_sends_what_comes_in_in_order(self):
        receiver = self.receiver()
        self.worker(url=receiver.url)
        self.ko("import", *self.place, stdin="subid,status\n" + "a,lead\nb,lead\na,sale\nb,rejected\n")
        self.wait_for_states({"delivered": 4})
        self.assertEqual([r.params["status"] for r in receiver.seen() if r.params["subid"] == "a"], ["lead", "sale"])

    def test_an_unknown_column_stops_it_before_anything_is_written(self):
        good = self.write("good.csv", "subid,status\na,lead\n")
        bad = self.write("bad.csv", "subid,statsu\na,lead\n")
        result = self.ko("import", good, bad, *self.place)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)
        for word in ("bad.csv:1", "'statsu'", "did you mean status", "event_id", "due_at"):
            self.assertIn(word, result.err)
        self.assertEqual(self.count(), 0)

    def test_a_file_that_is_not_there_and_a_folder_are_one_line(self):
        for file in (self.path("none.csv"), self.folder):
            result = self.ko("import", file, *self.place)
            self.assertEqual(result.code, 1)
            self.assert_one_line(result.err)


class Rejected(Import):
    BAD = ("subid,status,tid,payout\n"
           "good,lead,,1\n"
           "{click},lead,,\n"
           'multi,lead,"two\nlines",\n'
           "comma,lead,,\"1,5\"\n"
           "short,lead\n"
           'quote,lead,"open,1\n'
           "good2,lead,,2\n")

    def test_each_bad_line_is_told_by_its_number_and_the_good_ones_are_in(self):
        result = self.ko("import", *self.place, stdin=self.BAD)
        self.assertEqual((result.code, result.out), (1, "3 rows added, 0 already there, 4 rejected\n"))
        told = result.err.splitlines()
        self.assertEqual([re.match(r"standard input:(\d+): ", line).group(1) for line in told[:-1]], ["3", "6", "7", "8"])
        self.assertIn("subid holds a macro that was not filled in", told[0])
        self.assertIn("payout must be a plain decimal such as 12.5", told[1])
        self.assertIn("the other rows are in", told[-1])
        self.assertEqual(self.db.all("SELECT subid FROM outbox ORDER BY id"), [("good",), ("multi",), ("good2",)])

    def test_rejects_can_be_mended_and_imported(self):
        file, rejects = self.write("bad.csv", self.BAD), self.path("rejects.csv")
        result = self.ko("import", file, "--rejects", rejects, *self.place)
        self.assertEqual(result.code, 1)
        self.assert_one_line(result.err)
        self.assertIn(rejects, result.err)
        with open(rejects, encoding="utf-8") as opened:
            text = opened.read()
        self.assertTrue(text.startswith("line,reason,subid,status,tid,payout\n3,subid holds"), text)
        again = self.ko_json("import", rejects, *self.place, code=1)
        self.assertEqual((again["added"], again["rejected"]), (0, 4), "what was not mended does not slip in")
        mended = self.write("mended.csv", text.replace("{click}", "click").replace('"1,5"', "1.5").replace("short,lead", "short,lead,,")
                            .replace('"quote,lead,""open,1"', "quote,lead,open,1"))
        self.assertEqual(self.ko("import", mended, *self.place).code, 0)
        self.assertEqual(self.db.value("SELECT group_concat(subid) FROM (SELECT subid FROM outbox ORDER BY subid)"),
                         "click,comma,good,good2,multi,quote,short")

    def test_many_bad_lines_do_not_flood_the_terminal(self):
        result = self.ko("import", *self.place, stdin="subid,status\n" + ",lead\n" * 5000 + "a,lead\n")
        self.assertEqual(result.code, 1)
        self.assertLess(len(result.err.splitlines()), 25)
        self.assertIn("5000 lines were rejected, the first 20 are told above: --rejects FILE keeps all", result.err)
        self.assertEqual(self.count(), 1)

    def test_the_file_of_rejects_is_never_one_that_is_read(self):
        file = self.write("in.csv", self.BAD)
        result = self.ko("import", file, "--rejects", file, *self.place)
        self.assertEqual(result.code, 2)
        with open(file, encoding="utf-8") as opened:
            self.assertEqual(opened.read(), self.BAD)

    def test_a_disk_that_is_full_is_told(self):
        result = self.ko("import", self.write("in.csv", self.BAD), "--rejects", "/dev/full", *self.place)
        self.assertEqual(result.code, 1)
        self.assertIn("/dev/full cannot be written", result.err)


class Again(Import):
    def test_a_second_import_is_harmless(self):
        file = self.write("in.csv", HEADER + lines(2500))
        first = self.ko_json("import", file, *self.place)
        second = self.ko_json("import", file, *self.place)
        self.assertEqual((first["added"], first["already_there"]), (2500, 0))
        self.assertEqual((second["added"], second["already_there"]), (0, 2500))
        self.assertEqual(self.count(), 2500)

    def test_a_dry_run_finds_the_same_and_writes_nothing(self):
        self.ko("import", *self.place, stdin=HEADER + lines(10))
        before = self.shell(".dump").out
        text = HEADER + lines(1200) + "e5,,lead,,,\n" + "e1199,x,lead,,,\n"
        trial = self.ko_json("import", self.write("in.csv", text), "--dry-run", *self.place, code=1)
        self.assertEqual(self.shell(".dump").out, before)
        real = self.ko_json("import", self.path("in.csv"), *self.place, code=1)
        for key in ("added", "already_there", "rejected", "first_rejected"):
            self.assertEqual(trial[key], real[key], key)
        self.assertEqual((real["added"], real["already_there"], real["rejected"]), (1190, 11, 1))

    def start_import(self, name, count):
        file = self.write("in.csv", HEADER + lines(count))
        child = self.start(name, [COMMAND, "import", file, *self.place])
        wait_until(lambda: not child.running() or self.count() > 0, what="the first rows are in")
        return file, child

    def test_after_a_kill_what_was_committed_is_there_and_a_rerun_adds_the_rest(self):
        count = 30_000
        file, child = self.start_import("killed", count)
        child.kill()
        left = self.count()
        self.assertTrue(0 < left < count, f"{left} rows: the kill came too late or too early")
        self.assertEqual(self.db.value("PRAGMA integrity_check"), "ok")
        again = self.ko_json("import", file, *self.place)
        self.assertEqual((again["added"], again["already_there"]), (count - left, left))
        self.assertEqual(self.db.value("SELECT count(DISTINCT event_id) FROM outbox"), count)

    def test_an_interrupt_says_what_is_in(self):
        _, child = self.start_import("interrupted", 30_000)
        child.signal(signal.SIGINT)
        self.assertEqual(child.wait(), 1)
        rows, line = map(int, re.search(r"interrupted: (\d+) rows are in, up to line (\d+) of ", child.stderr()).groups())
        self.assertEqual((rows, line), (self.count(), self.count() + 1))

    def test_an_interrupt_ends_a_wait_for_input_and_half_a_line_stays_out(self):
        child = subprocess.Popen([COMMAND, "import", *self.place], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=clean_environment())
        try:
            child.stdin.write(b"subid,status\na,lead\nb,le")
            child.stdin.flush()
            wait_until(lambda: self.db_path in open_files(child.pid), what="it has the database open")
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.wait(timeout=30), 1)
        finally:
            child.kill()
            child.communicate()
        self.assertIn(self.db.all("SELECT subid, status FROM outbox"), ([("a", "lead")], []))


class Beside(Import):
    def test_an_application_commits_beside_it(self):
        file = self.write("in.csv", HEADER + lines(30_000))
        application = self.db.connect()
        self.addCleanup(application.close)
        application.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY)")
        child = self.start("import", [COMMAND, "import", file, *self.place])
        wait_until(lambda: self.count() > 0, what="the import has begun")
        waits = []
        while child.running():
            begun = time.monotonic()
            application.execute("BEGIN IMMEDIATE")
            application.execute("INSERT INTO orders DEFAULT VALUES")
            application.execute("COMMIT")
            waits.append(time.monotonic() - begun)
            time.sleep(0.005)
        self.assertEqual(child.code(), 0, child.output())
        self.assertGreater(len(waits), 5)
        self.assertLess(statistics.median(waits), 0.3, f"of {len(waits)}")
        self.assertLess(max(waits), 5)

    def test_memory_stays_small_however_long_the_file(self):
        file = self.write("in.csv", HEADER + lines(40_000))
        child = subprocess.Popen([COMMAND, "import", file, *self.place], env=clean_environment(), stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(child.returncode, 0)
        if not SANITIZED:
            self.assertLess(usage.ru_maxrss, 40 * 1024, "KiB; all rows at once would take as much again")


class Terminal(Import):
    def on_a_terminal(self, *args):
        """Gives what a terminal of 80 columns gets, stdout and stderr together."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        child = subprocess.Popen([COMMAND, *args], stdin=theirs, stdout=theirs, stderr=theirs, env=clean_environment())
        os.close(theirs)
        out = io.BytesIO()
        try:
            while chunk := os.read(ours, 65536):
                out.write(chunk)
        except OSError:
            pass  # The other end is closed.
        os.close(ours)
        return child.wait(timeout=60), out.getvalue().decode()

    def test_a_terminal_gets_a_progress_line_that_is_gone_at_the_end(self):
        file = self.write("in.csv", HEADER + lines(20_000))
        code, out = self.on_a_terminal("import", file, *self.place)
        self.assertEqual(code, 0, out)
        drawn = [part.removesuffix("\x1b[K") for part in out.split("\r")]
        self.assertRegex(max(drawn, key=len), r"^\[=*>? *\] \d+%  [\d,]+ rows  [\d,]+/s  .* left$")
        self.assertLess(max(len(part) for part in drawn), 80)
        self.assertIn("\r\x1b[K20000 rows added", out)

    def test_nothing_but_the_summary_goes_elsewhere(self):
        result = self.ko("import", self.write("in.csv", HEADER + lines(10_000)), *self.place)
        self.assertEqual((result.out, result.err), ("10000 rows added, 0 already there, 0 rejected\n", ""))

    def test_standard_input_that_is_a_terminal_is_not_waited_for(self):
        code, out = self.on_a_terminal("import", *self.place)
        self.assertEqual(code, 2)
        self.assertIn("name a file", out)

    def test_json_tells_the_same_to_programs(self):
        told = self.ko_json("import", self.write("in.jsonl", json.dumps({"subid": "a", "status": ""})), *self.place, code=1)
        self.assertEqual(told["rejected"], 1)
        self.assertEqual(told["first_rejected"][0]["line"], 1)
        self.assertIn("status must have 1 to 100 characters", told["first_rejected"][0]["reason"])


if __name__ == "__main__":
    unittest.main()
