"""tools/soak on PostgreSQL: on a server of its own, which is killed under it, and in a schema of its own of somebody's database."""

import json
import os
import sqlite3
import subprocess
import sys
import unittest

from harness import COMMAND, SOURCE_DIR, E2ETest, clean_environment
from pg_database import psql, server

# By this seed the server is killed first; then a connection is ended, and a worker is frozen. A worker that is killed would make
# everything wait until its lease has run out.
SEED = 1801


class Soak(E2ETest):
    def soak(self, *args):
        done = subprocess.run([sys.executable, os.path.join(SOURCE_DIR, "tools", "soak"), *map(str, args)],
                              env=clean_environment({"KEITARO_OUTBOX_BIN": COMMAND, "TMPDIR": self.folder}), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=240, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_a_short_run_in_which_the_server_is_killed_passes_and_a_row_that_the_receiver_never_had_is_found(self):
        run = self.path("run")
        code, out, err = self.soak("--postgresql", "--minutes", "0.08", "--seed", SEED, "--json", "--db", run)
        self.assertEqual(code, 0, out + err)
        report = json.loads(out)
        print(report["verdict"], report["rows"], report["worker"], report["repeats"])
        self.assertGreater(report["rows"]["delivered"], 100)
        self.assertGreater(report["worker"]["server"], 0)
        with open(os.path.join(run, "database"), encoding="utf-8") as file:
            self.assertFalse(os.path.exists(file.read().partition("host=")[2]), "the server is gone, with its folder")
        receiver = sqlite3.connect(os.path.join(run, "receiver.db"), isolation_level=None)
        receiver.execute("ATTACH ? AS app", (os.path.join(run, "app.db"),))
        receiver.execute("DELETE FROM requests WHERE mark = (SELECT max(params ->> 'sub_id_1') FROM app.outbox WHERE state = 'delivered')")
        receiver.close()
        code, out, err = self.soak("--judge", run)
        self.assertEqual(code, 1, out + err)
        self.assertIn("LOST", out.splitlines()[-1])

    def test_in_a_database_of_somebodys_it_leaves_nothing_behind(self):
        def schemas():
            return psql(server().url(), text="SELECT nspname FROM pg_namespace WHERE nspname LIKE 'keitaro_soak%'")
        code, out, err = self.soak("--db", server().url(), "--minutes", "0.02", "--seed", 1, "--json")
        self.assertEqual(code, 0, out + err)
        self.assertGreater(json.loads(out)["rows"]["delivered"], 10)
        self.assertEqual((schemas(), os.listdir(self.folder)), ([], []))


if __name__ == "__main__":
    unittest.main()
