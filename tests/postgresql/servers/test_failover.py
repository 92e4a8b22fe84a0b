"""A standby: it is looked at and not delivered from, and takes the place of the server, with all commits or without the last ones."""

import signal
import unittest

import cluster
from harness import wait_until
from outbox_test import OutboxTest
from pg_database import psql

SETTINGS = cluster.SETTINGS.replace("synchronous_commit = off", "synchronous_commit = on")
BACK_WITHIN = 15  # seconds
LONG = 60
IN_DOUBT = "may lack what was recorded last"


class Failover(OutboxTest):
    """A server and a standby that follows it."""

    def database(self):
        self.first, self.second = cluster.Cluster(settings=SETTINGS), cluster.Cluster()
        for server in (self.first, self.second):
            self.addCleanup(server.remove)
        self.server = self.first.create().start()
        self.second.create_standby(self.first).start()
        return self

    # What OutboxTest needs of a database: the server that takes writes at present.
    def url(self):
        return self.server.url()

    def sql(self, *statements):
        return psql(self.url(), "-1", text=";\n".join(statements))

    def any_server(self):
        return f"postgresql://postgres@/postgres?host={self.first.folder},{self.second.folder}&target_session_attrs=read-write"

    def on_standby(self, statement):
        return psql(self.second.url(), text=statement)

    def wait_for_standby(self):
        position = self.sql("SELECT pg_current_wal_lsn()")[0]
        wait_until(lambda: self.on_standby(f"SELECT pg_last_wal_replay_lsn() >= '{position}'") == ["t"], what="the standby has all")

    def cut_standby_off(self):
        self.on_standby("ALTER SYSTEM SET primary_conninfo = ''")
        self.on_standby("SELECT pg_reload_conf()")
        wait_until(lambda: self.sql("SELECT count(*) FROM pg_stat_replication") == ["0"], what="the standby is cut off")

    def fail_over(self, mode):
        self.first.stop(mode)
        self.assertEqual(self.on_standby("SELECT pg_promote()"), ["t"])
        self.server = self.second
        self.db_path = self.url()

    def deliver_behind_the_standbys_back(self, receiver):
        """`one` and `two` are delivered; the standby, cut off, has `two` pending. Gives the worker."""
        worker = self.worker(url=receiver.url, db_path=self.any_server())
        self.insert("one", "lead")
        self.wait_for_states({"delivered": 1})
        worker.signal(signal.SIGSTOP)
        self.insert("two", "lead")
        self.wait_for_standby()
        self.cut_standby_off()
        worker.signal(signal.SIGCONT)
        self.wait_for_states({"delivered": 2})
        return worker

    def test_a_standby_is_looked_at_and_not_delivered_from_and_takes_over_with_nothing_sent_twice(self):
        receiver = self.receiver()
        self.insert("one", "lead")
        self.wait_for_standby()
        standby = self.second.url()
        for verb in ("run", "drain"):
            result = self.ko(verb, "--db", standby, "--to", receiver.url, "--allow-private")
            self.assertEqual(result.code, 1, result)
            self.assert_one_line(result.err)
            self.assertIn(str(self.second.folder), result.err)
            self.assertIn("it is a standby", result.err)
        for verb in (("status",), ("list",), ("show", "one"), ("explain", "1")):
            result = self.ko(*verb, "--db", standby)
            self.assertEqual((result.code, result.err), (0, ""), (verb, result))
        self.assertIn("row 1", self.ko("show", "one", "--db", standby).out)
        self.assertEqual(receiver.count(), 0)

        worker = self.worker(url=receiver.url, db_path=self.any_server())
        self.insert_clicks(100, rows_each=2)
        wait_until(lambda: receiver.count() > 50, what="it delivers")
        # In order: the standby has all that was committed.
        self.fail_over("fast")
        self.insert("after", "lead")
        wait_until(lambda: any(request.subid == "after" for request in receiver.seen()), BACK_WITHIN, lambda: worker.output()[-2000:])
        self.wait_for_states({"delivered": 202}, timeout=LONG)
        self.assert_in_order(receiver)
        self.assertEqual(len({(request.subid, request.params["status"]) for request in receiver.seen()}), 202)
        self.assertNotIn(IN_DOUBT, worker.output())
        # A worker that starts there later knows nothing of the former server, and need not.
        self.assertEqual(worker.terminate(), 0)
        self.insert("later", "lead")
        self.drain(receiver)

    def test_a_worker_that_misses_what_it_recorded_sends_nothing_until_somebody_says_so(self):
        receiver = self.receiver()
        worker = self.deliver_behind_the_standbys_back(receiver)
        self.fail_over("immediate")
        self.wait_for_line(worker, IN_DOUBT)
        self.insert("three", "lead")
        drain = self.drain(receiver, "--log-level", "error", code=1)
        self.assert_one_line(drain.err)
        self.assertIn("--resume-restored", drain.err)
        self.assertIn("is an older copy", self.ko("status", "--db", self.url()).out)
        check = self.ko("check", "--db", self.url(), "--offline", "--to", receiver.url, "--allow-private")
        self.assertEqual(check.code, 1)
        self.assertRegex(check.out, rf"FAIL +database: .*{IN_DOUBT}")
        self.assertEqual(receiver.count(), 2)
        said = [line for line in worker.stderr().splitlines() if IN_DOUBT in line and " error " in line]
        self.assertEqual(len(said), 1, "it is said once")

        resumed = self.drain(receiver, "--resume-restored")
        self.assertIn("resumed_restored", resumed.err)
        self.assertEqual(sorted(request.subid for request in receiver.seen()), ["one", "three", "two", "two"])
        self.insert_clicks(20)
        self.wait_for_states({"delivered": 23})  # By the worker that waited.
        self.assertTrue(worker.running())
        self.drain(receiver)

    def test_a_worker_that_starts_after_the_failover_cannot_know_and_waits(self):
        receiver = self.receiver()
        self.deliver_behind_the_standbys_back(receiver).kill()
        self.fail_over("immediate")
        worker = self.worker(url=receiver.url)
        self.wait_for_line(worker, IN_DOUBT)
        self.assertEqual(worker.terminate(), 0)
        self.assertEqual(receiver.count(), 2)
        self.assertEqual(self.ko("cancel", "--db", self.db_path, "--id", "2").code, 0)
        self.insert("three", "lead")
        self.worker("--resume-restored", url=receiver.url)
        self.wait_for_states({"delivered": 2, "cancelled": 1}, timeout=LONG)
        self.assertEqual([request.subid for request in receiver.seen()], ["one", "two", "three"])


if __name__ == "__main__":
    unittest.main()
