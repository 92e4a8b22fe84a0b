"""Two workers on two hosts, and the link of one of them to the server is cut. The trackers can be reached by both all the time."""

import time
import unittest

import cluster
import network
from harness import COMMAND, wait_until
from outbox_test import OutboxTest
from pg_database import psql

SETTINGS = cluster.SETTINGS.replace("listen_addresses = ''", "listen_addresses = '*'")
LEASE = 20  # seconds
TAKEN_OVER_WITHIN = 30
BACK_WITHIN = 15


@unittest.skipIf(network.why_not(), network.why_not())
class CutLink(OutboxTest):
    def database(self):
        self.hosts = [network.Host() for _ in range(3)]
        for host in self.hosts:
            self.addCleanup(host.remove)
        self.of_server, *self.of_workers = self.hosts
        for number, host in enumerate(self.of_workers):
            self.of_server.link(host, number)
        self.server = cluster.Cluster(settings=SETTINGS, inside=self.of_server.inside())
        self.addCleanup(self.server.remove)
        self.server.create()
        with open(self.server.folder / "data" / "pg_hba.conf", "a", encoding="utf-8") as file:
            file.write("host all all 10.99.0.0/16 trust\n")
        self.server.start()
        return self

    # What OutboxTest needs of a database: by its unix socket, which no link has to do with.
    def url(self):
        return self.server.url()

    def sql(self, *statements):
        return psql(self.url(), "-1", text=";\n".join(statements))

    def worker_on(self, number, receiver):
        return self.start(f"worker{number}", [*self.of_workers[number].inside(), COMMAND, "run", "--db", f"postgresql://postgres@10.99.{number}.1/postgres",
                                              "--to", receiver.url, "--allow-private", "--log-level", "debug"])

    def test_the_one_that_is_cut_off_is_silent_until_it_is_back_and_the_other_takes_over(self):
        receivers = [host.receiver() for host in self.of_workers]
        for receiver in receivers:
            self.addCleanup(receiver.stop)
        cut_off, other = receivers
        workers = [self.worker_on(number, receiver) for number, receiver in enumerate(receivers)]
        self.wait_for_shares(128, 128)
        self.insert_clicks(100, rows_each=2)
        self.wait_for_states({"delivered": 200})
        self.assertGreater(cut_off.count(), 50)

        self.of_server.set_link(0, False)
        cut = time.monotonic()
        self.insert_clicks(100, rows_each=3, start=100)
        self.wait_for_shares(256, timeout=90)
        taken_over = time.monotonic() - cut
        self.wait_for_states({"delivered": 500}, timeout=90)
        self.assertLess(taken_over, TAKEN_OVER_WITHIN, "seconds until the other has everything")
        self.assertEqual([request.subid for request in cut_off.seen() if request.at > cut], [], "nothing of what came while it was cut off")

        self.of_server.set_link(0, True)
        back = time.monotonic()
        self.wait_for_shares(128, 128, timeout=90)
        before = cut_off.count()
        self.insert_clicks(100, rows_each=3, start=200)
        wait_until(lambda: cut_off.count() > before, 90, "the first works again")
        works_again = time.monotonic() - back
        self.wait_for_states({"delivered": 800}, timeout=90)
        print(f"taken over after {taken_over:.1f} s, back after {works_again:.1f} s")
        self.assertLess(works_again, BACK_WITHIN, "seconds until the first works again")
        self.assert_in_order(*receivers)
        sent = [{(request.subid, request.params["status"]) for request in receiver.seen()} for receiver in receivers]
        self.assertEqual(sent[0] & sent[1], set(), "nothing is sent by both")
        self.assertEqual(sum(receiver.count() for receiver in receivers), 800, "nor twice by one")
        self.assertTrue(all(worker.running() for worker in workers))

    def test_what_was_under_way_when_the_link_was_cut_is_sent_again_in_order(self):
        receivers = [host.receiver() for host in self.of_workers]
        for receiver in receivers:
            self.addCleanup(receiver.stop)
        for number, receiver in enumerate(receivers):
            self.worker_on(number, receiver)
        self.wait_for_shares(128, 128)
        self.insert_clicks(1000, rows_each=3)
        cut_off = receivers[0]
        wait_until(lambda: cut_off.count() > 100, what="both deliver")
        self.of_server.set_link(0, False)
        cut = time.monotonic()
        self.wait_for_states({"delivered": 3000}, timeout=120)
        self.assertEqual([request.subid for request in cut_off.seen() if request.at > cut + LEASE], [], "nothing after its lease has run out")
        self.assert_in_order(*receivers)
        sent = [{(request.subid, request.params["status"]) for request in receiver.seen()} for receiver in receivers]
        self.assertEqual(len(sent[0] | sent[1]), 3000, "nothing is lost")
        twice = len(sent[0] & sent[1])
        print(f"{twice} of 3,000 were under way at the cut, and sent by both")
        self.assertLess(twice, cut_off.count())


if __name__ == "__main__":
    unittest.main()
