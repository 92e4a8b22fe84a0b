"""What a worker on PostgreSQL tells of itself, and how it notices commits."""

import os
import re
import socket
import unittest

from harness import SOURCE_DIR, wait_until
from metrics_page import Metrics
from outbox_test import OutboxTest

OURS = "keitaro_outbox_postgresql_"


class Watching(OutboxTest):
    def serve(self, receiver, *flags):
        worker = self.worker("--listen", "127.0.0.1:0", *flags, url=receiver.url)
        return worker, self.listening(worker)

    def wait_for(self, base, expected):
        last = []

        def look():
            last[:] = [Metrics(base)]
            return expected(last[0])

        wait_until(look, 30, lambda: f"metrics: {last[0].page.text}", step=0.1)
        return last[0]

    def test_metrics_tell_what_the_worker_has_and_what_keeps_vacuum_from_its_work(self):
        receiver = self.receiver()
        first, base = self.serve(receiver)
        m = self.wait_for(base, lambda m: m("postgresql_lanes") == 256)
        self.assertLess(m("postgresql_lease_age_seconds"), 20)
        self.assertEqual(m("postgresql_transactions_retried_total"), 0)
        self.insert_clicks(50)
        self.wait_for_states({"delivered": 50})
        m = self.wait_for(base, lambda m: m("rows_finished_total", state="delivered") == 50)
        self.assertGreater(m("postgresql_round_trips_total"), 0)

        held = self.pg.hold("SELECT pg_current_xact_id()")
        m = self.wait_for(base, lambda m: m("postgresql_oldest_transaction_seconds") > 1)
        self.assertGreaterEqual(m("postgresql_oldest_snapshot_transactions"), 0)
        self.assertGreaterEqual(m("postgresql_dead_rows"), 0)
        held.end()

        second, other = self.serve(receiver)
        self.wait_for(base, lambda m: m("postgresql_lanes") == 128)
        self.wait_for(other, lambda m: m("postgresql_lanes") == 128)
        status = self.ko_json("status", "--db", self.pg.url())
        self.assertEqual([(worker["host"], worker["pid"], worker["lanes"]) for worker in status["workers"]],
                         [(socket.gethostname(), process.pid, 128) for process in (first, second)])
        self.assertEqual(self.ko("status", "--db", self.pg.url()).out.count("128 of 256 lanes"), 2)

        second.kill()
        self.pg.sql("UPDATE outbox_workers SET expires_at = now() - interval '1 hour'"
                    f" WHERE pid = {second.pid}")
        self.wait_for(base, lambda m: m("postgresql_lanes") == 256)

    def test_a_transaction_that_must_be_done_again_is_counted(self):
        receiver = self.receiver()
        _, base = self.serve(receiver)
        self.wait_for(base, lambda m: m("postgresql_lanes") == 256)
        held = self.pg.hold("LOCK TABLE conversions IN SHARE MODE")
        self.insert()
        self.wait_for(base, lambda m: m("postgresql_transactions_retried_total") >= 1)
        held.end()
        self.wait_for_states({"delivered": 1})
        self.assertEqual(receiver.count(), 1)

    def test_pages_rules_and_dashboard_name_what_is_served(self):
        _, base = self.serve(self.receiver())
        m = self.wait_for(base, lambda m: m("postgresql_lanes") == 256 and m("postgresql_dead_rows") is not None)
        served = {name for name in m.types if name.startswith(OURS)}
        self.assertEqual({name for name in m.types if "sqlite" in name}, set())

        def read(*path):
            with open(os.path.join(SOURCE_DIR, *path), encoding="utf-8") as file:
                return file.read()

        for file in ("keitaro-outbox.rules.yml", "grafana-dashboard.json"):
            shown = set(re.findall(OURS + r"\w+", read("tools", "observability", file)))
            self.assertLessEqual(shown, served, file)
        self.assertEqual(shown, served, "not on the dashboard")
        told = {"keitaro_outbox_" + name for name in re.findall(r"^\| `(postgresql_\w+)` \|", read("docs", "monitoring.md"), re.MULTILINE)}
        self.assertEqual(told, served)

    def configured(self, receiver):
        return self.write("outbox.toml", f'wake = "notify"\n[[tracker]]\nname = "default"\nurl = "{receiver.url}"\nallow_private = true\n')

    def test_a_worker_that_is_to_be_notified_says_so_and_delivers_either_way(self):
        receiver = self.receiver()
        config = self.configured(receiver)
        deaf = self.worker("--config", config)
        self.wait_for_line(deaf, "polling_for_commits")
        self.assertIn("schema/outbox.postgresql-notify.sql", deaf.stderr())
        self.insert("one")
        self.wait_for_states({"delivered": 1})
        self.assertEqual(deaf.terminate(), 0)
        self.assertEqual(deaf.stderr().count("polling_for_commits"), 1)

        self.pg.notify()
        listening = self.worker("--config", config)
        self.wait_for_line(listening, "listening_for_commits")
        self.insert("two")
        self.wait_for_states({"delivered": 2})
        # The connection that listens is lost: another one is made, and nothing with it.
        self.pg.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN outbox_' || 'outbox'::regclass::oid")
        self.insert("three")
        self.wait_for_states({"delivered": 3})
        self.assertEqual(listening.terminate(), 0)
        self.assertNotIn("polling_for_commits", listening.stderr())

    def test_a_sqlite_file_needs_no_notifications(self):
        file = self.path("app.db")
        self.assertEqual(self.ko("init", "--db", file).code, 0)
        for verb in ("run", "drain"):
            result = self.ko(verb, "--db", file, "--config", self.configured(self.receiver()))
            self.assertEqual(result.code, 2, result)
            self.assert_one_line(result.err)
            self.assertIn('wake = "notify" is for a PostgreSQL database', result.err)


if __name__ == "__main__":
    unittest.main()
