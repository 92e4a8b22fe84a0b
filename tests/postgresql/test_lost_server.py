"""A server that is away, restarted, or knows us otherwise: what workers and people are told, and that nothing is lost."""

import unittest

import cluster
from harness import KEY, wait_until
from outbox_test import OutboxTest
from pg_database import psql

# Its commits last a crash of the server, as those of any server that people use.
SETTINGS = cluster.SETTINGS.replace("synchronous_commit = off", "synchronous_commit = on")
BACK_WITHIN = 15  # seconds


class LostServer(OutboxTest):
    """A server of its own, as it is stopped and started."""

    def database(self):
        self.server = cluster.Cluster(settings=SETTINGS)
        self.addCleanup(self.server.remove)
        self.server.create().start()
        return self

    # What OutboxTest needs of a database.
    def url(self):
        return self.server.url()

    def sql(self, *statements):
        return psql(self.url(), "-1", text=";\n".join(statements))

    def test_a_worker_waits_for_it_at_its_start_and_whenever_it_is_away(self):
        self.server.stop()
        secret = self.url().replace("postgres@", "postgres:s3cret@")
        status = self.ko("status", "--db", secret)
        self.assertEqual((status.code, status.err.count("\n")), (1, 1), status)
        self.assertIn("cannot be reached", status.err)
        receiver = self.receiver()
        drain = self.ko("drain", "--db", secret, "--to", receiver.url, "--allow-private")
        self.assertEqual(drain.code, 1, drain)
        worker = self.worker(url=receiver.url, db_path=secret)
        self.wait_for_line(worker, "cannot be reached")
        self.assertTrue(worker.running())
        stopped = self.worker(url=receiver.url, db_path=secret)
        self.wait_for_line(stopped, "cannot be reached")
        self.assertEqual(stopped.terminate(), 0, "it can be stopped while it waits")
        self.server.start()
        self.insert("one", "lead")
        wait_until(receiver.count, BACK_WITHIN, "the row of before arrives")
        self.server.stop()
        wait_until(lambda: worker.output().count("cannot be reached") >= 2, what="it says that the server is away")
        self.server.start()
        self.insert("two", "lead")
        wait_until(lambda: any(request.subid == "two" for request in receiver.seen()), BACK_WITHIN, "the second one arrives")
        self.assertEqual(worker.terminate(), 0)
        for output in (worker.output(), stopped.output(), status.err, drain.err):
            self.assertNotIn(KEY, output)
            self.assertNotIn("s3cret", output)

    def test_a_server_that_is_restarted_at_once_loses_nothing_and_no_order(self):
        receiver = self.receiver()
        for _ in range(2):
            self.worker(url=receiver.url)
        self.wait_for_shares(128, 128)
        self.insert_clicks(400, rows_each=3)
        for delivered in (200, 700):
            wait_until(lambda: receiver.count() > delivered, what="they deliver")
            self.server.stop("immediate")
            self.server.start()
            before = receiver.count()
            wait_until(lambda: receiver.count() > before, BACK_WITHIN, "they go on")
        self.insert_clicks(50, rows_each=3, start=400)
        self.wait_for_states({"delivered": 1350}, timeout=90)
        self.assert_in_order(receiver)
        self.assertEqual(len({(request.subid, request.params["status"]) for request in receiver.seen()}), 1350)

    def test_what_the_server_refuses_ends_a_worker_with_one_line(self):
        receiver = self.receiver()
        for url, words in ((self.url().replace("postgres@", "nobody_knows@"), "does not exist"),
                           (self.url().replace("/postgres?", "/nothing?"), "does not exist")):
            ended = self.ko("run", "--db", url, "--to", receiver.url, "--allow-private")
            self.assertEqual(ended.code, 1, ended)
            self.assertIn(words, ended.err)

    def test_a_request_that_may_outlast_a_lease_is_refused_at_the_start(self):
        ended = self.ko("run", "--db", self.url(), "--to", "http://127.0.0.1:9/key/postback", "--allow-private", "--request-timeout", "15s")
        self.assertEqual((ended.code, ended.err.count("\n")), (2, 1), ended)
        self.assertIn("request_timeout of 15s: at most 12s", ended.err)


if __name__ == "__main__":
    unittest.main()
