"""tools/soak from outside: a short run with kills passes, and whatever is then spoilt in its evidence is found."""

import glob
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import unittest

from harness import COMMAND, SOURCE_DIR, E2ETest, clean_environment, wait_until

SOAK = os.path.join(SOURCE_DIR, "tools", "soak")


def soak_command(*args):
    return [sys.executable, SOAK, *map(str, args)]


def processes_of(folder):
    """The command lines of processes that have the folder in them."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                line = file.read().decode(errors="replace")
        except OSError:
            continue
        if folder in line and "tools/soak\0" not in line:
            found.append(line.replace("\0", " "))
    return found


# What is spoilt, by SQL, and what has to be found. The row, or request, is any that was delivered at the first try.
_ONCE = """
SELECT max(o.id) FROM app.outbox AS o JOIN requests AS r ON r.mark = o.params ->> 'sub_id_1'
 WHERE o.state = 'delivered' AND o.attempts = 1 AND r.answer = '200' AND o.id NOT IN (SELECT outbox_id FROM app.operator_edits)
"""
_ITS_REQUEST = f"SELECT n FROM requests WHERE mark = (SELECT params ->> 'sub_id_1' FROM app.outbox WHERE id = ({_ONCE}))"
_TOUCHED_CLICKS = "SELECT subid FROM app.outbox WHERE id IN (SELECT outbox_id FROM app.operator_edits)"
_TWO_OF_A_CLICK = f"""
SELECT a.n AS first, b.n AS second
  FROM requests AS a JOIN requests AS b ON b.subid = a.subid AND b.n > a.n AND b.mark <> a.mark
 WHERE a.subid NOT IN ({_TOUCHED_CLICKS}) LIMIT 1
"""
SABOTAGE = {
    "LOST, the receiver never had it": ("LOST", f"DELETE FROM requests WHERE n IN ({_ITS_REQUEST})"),
    "LOST, a row is gone": ("LOST", f"DELETE FROM app.outbox WHERE id = ({_ONCE})"),
    "LOST, a row is dead for nothing": ("LOST", f"UPDATE app.outbox SET state = 'dead' WHERE id = ({_ONCE})"),
    "OUT OF ORDER": ("OUT OF ORDER", f"""
        CREATE TEMP TABLE pair AS {_TWO_OF_A_CLICK};
        UPDATE requests SET n = -1 WHERE n = (SELECT first FROM pair);
        UPDATE requests SET n = (SELECT first FROM pair) WHERE n = (SELECT second FROM pair);
        UPDATE requests SET n = (SELECT second FROM pair) WHERE n = -1"""),
    "REPEATED": ("REPEATED WITHOUT CAUSE", f"""
        INSERT INTO requests SELECT 1000000, at + 10000000, wall_at, subid, status, tid, payout, mark, 1, '200', at + 10000001, 0
                               FROM requests WHERE n IN ({_ITS_REQUEST})"""),
    "UNFINISHED": ("UNFINISHED", f"UPDATE app.outbox SET state = 'pending' WHERE id = ({_ONCE})"),
    "WRONG BOOK": ("WRONG BOOK", f"""
        DELETE FROM app.conversions
         WHERE outbox_id = (SELECT max(outbox_id) FROM app.conversions WHERE subid NOT IN ({_TOUCHED_CLICKS}))"""),
}


class Soak(E2ETest):
    def soak(self, *args, timeout=240):
        done = subprocess.run(soak_command(*args), env=clean_environment({"KEITARO_OUTBOX_BIN": COMMAND, "TMPDIR": self.folder}),
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def spoil(self, sql):
        """A copy of the run's evidence in which something is not as it was."""
        copy = self.path("spoilt")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(self.path("run"), copy)
        connection = sqlite3.connect(os.path.join(copy, "receiver.db"), isolation_level=None)
        connection.execute("ATTACH ? AS app", (os.path.join(copy, "app.db"),))
        before = connection.total_changes
        connection.executescript(sql)
        self.assertGreater(connection.total_changes, before, "nothing was spoilt")
        connection.close()
        return copy

    def test_a_short_run_with_kills_passes_and_what_is_spoilt_in_it_is_found(self):
        code, out, err = self.soak("--minutes", "0.2", "--seed", 7, "--json", "--db", self.path("run"))
        self.assertEqual(code, 0, out + err)
        report = json.loads(out)
        print(report["verdict"], report["rows"], report["worker"], report["repeats"])
        self.assertEqual(report["findings"], {})
        self.assertGreater(report["rows"]["delivered"], 500)
        self.assertGreater(report["worker"]["kill"], 0)
        self.assertGreater(report["receiver"]["outages"], 0)
        self.assertEqual(processes_of(self.folder), [])
        for name, (kind, sql) in SABOTAGE.items():
            with self.subTest(name):
                code, out, err = self.soak("--judge", self.spoil(sql))
                self.assertEqual(code, 1, out + err)
                self.assertIn(kind, out.splitlines()[-1])

    def test_rows_that_vanish_while_it_runs_are_found_and_interrupting_gives_the_verdict_so_far(self):
        with open(self.path("out"), "wb") as out:
            soak = self.start_soak(out, "--minutes", 10, "--db", self.path("run"))
        try:
            wait_until(lambda: self.vanish_some_rows(), what="rows are pending", timeout=60)
            soak.send_signal(signal.SIGINT)
            self.assertEqual(soak.wait(timeout=200), 1)
        finally:
            soak.kill()
            soak.wait()
        with open(self.path("out"), encoding="utf-8") as out:
            self.assertRegex(out.read().splitlines()[-1], r"^FAILED: .*LOST \d")
        wait_until(lambda: not processes_of(self.folder), what=lambda: f"all are gone: {processes_of(self.folder)}")

    def start_soak(self, out, *args):
        return subprocess.Popen(soak_command(*args), env=clean_environment({"KEITARO_OUTBOX_BIN": COMMAND}),
                                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)

    def vanish_some_rows(self):
        if not os.path.exists(self.path("run/record.db")):
            return 0
        connection = sqlite3.connect(self.path("run/app.db"), timeout=60, isolation_level=None)
        try:
            if not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'outbox'").fetchone():
                return 0
            return connection.execute("DELETE FROM outbox WHERE state = 'pending'").rowcount
        finally:
            connection.close()

    def test_wrong_usage_is_one_clear_line(self):
        for args, said in (
            (("--db", SOURCE_DIR), "is not empty"),
            (("--judge", self.folder), "not the folder of a soak"),
        ):
            with self.subTest(args):
                code, out, err = self.soak(*args)
                self.assertEqual((code, out), (1, ""))
                self.assert_one_line(err)
                self.assertIn(said, err)


if __name__ == "__main__":
    unittest.main()
