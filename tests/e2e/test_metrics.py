"""What a worker with --listen tells of itself: metrics that are right, and health that means something."""

import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest

from harness import KEY, QUICK_RETRIES, SOURCE_DIR, E2ETest, wait_until
from metrics_page import Metrics, get
from receiver import Reply

PROMTOOL = os.environ.get("KEITARO_OUTBOX_PROMTOOL") or shutil.which("promtool")
POSTGRESQL = "keitaro_outbox_postgresql_"  # served there alone: tests/postgresql/test_watching.py looks at these


class Served(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def serve(self, *flags, **options):
        worker = self.worker("--listen", "127.0.0.1:0", *flags, **options)
        return worker, self.listening(worker)

    def wait_for(self, base, expected, timeout=30):
        """Until the metrics are so: `expected(metrics)` is true. Gives them."""
        last = []

        def look():
            last[:] = [Metrics(base)]
            return expected(last[0])

        wait_until(look, timeout, lambda: f"metrics: {last[0].page.text}", step=0.05)
        return last[0]


class Counting(Served):
    def test_what_becomes_of_rows_is_counted(self):
        answers = {"dies": Reply(422), "fails": Reply(503), "odd": Reply(200, b"hello")}
        receiver = self.receiver(lambda request: answers.get(request.subid, Reply()))
        worker, base = self.serve(*QUICK_RETRIES, url=receiver.url)
        before = time.time()
        for subid, status in (("a", "sale"), ("a", "lead"), ("a", "sale"), ("b", "nonsense"), ("dies", "sale"), ("odd", "lead")):
            self.db.insert(subid=subid, status=status)
        self.wait_for_states({"delivered": 2, "refused": 2, "duplicate": 1, "dead": 1})
        m = self.wait_for(base, lambda m: m("rows_finished_total") == 6)
        for state, rows in (("delivered", 2), ("refused", 2), ("duplicate", 1), ("dead", 1)):
            self.assertEqual(m("rows_finished_total", tracker="default", state=state), rows, state)
        self.assertEqual(m("refusals_total", move="sale->lead"), 1)
        self.assertEqual(m("refusals_total", move="other"), 1)
        self.assertEqual((m("attempts_total", answer="2xx"), m("attempts_total", answer="4xx")), (2, 3))
        self.assertEqual(m("retries_total"), 2)
        self.assertEqual(m("delivered_without_sentinel_total"), 1)
        self.assertEqual(m("commit_to_accepted_seconds_count"), 2)
        self.assertLess(m("commit_to_accepted_seconds_sum"), time.time() - before + 1)
        self.assertEqual(m("request_duration_seconds_count"), 5)
        self.assertGreaterEqual(m("sqlite_commit_seconds_count"), 1)
        self.assertGreaterEqual(m("sqlite_lock_wait_seconds_count"), m("sqlite_commit_seconds_count"))
        self.assertGreater(m("sqlite_wal_bytes"), 0)
        self.assertEqual((m("delivering"), m("database_ok"), m("build_info")), (1, 1, 1))
        self.assertEqual(m.page.type, "text/plain; version=0.0.4; charset=utf-8")
        self.assertEqual(worker.terminate(), 0)

    def test_a_row_that_was_scheduled_counts_from_its_time(self):
        receiver = self.receiver()
        now = int(time.time() * 1000)
        self.db.insert(subid="a", status="sale", due_at=now - 500, created_at=now - 86_400_000)
        _, base = self.serve(url=receiver.url)
        m = self.wait_for(base, lambda m: m("commit_to_accepted_seconds_count") == 1)
        self.assertLess(m("commit_to_accepted_seconds_sum"), 60)

    def test_pending_rows_and_their_worth_are_told_by_kind_and_currency(self):
        receiver = self.receiver(lambda request: Reply(then="hang"))
        config = self.write("outbox.toml", f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\nconcurrency = 1\n')
        later = int(time.time() * 1000) + 3_600_000
        self.db.insert_many(("tracker", "subid", "status", "payout", "currency", "due_at"), [
            ("default", "a", "lead", "0.1", "usd", 0),
            ("default", "a", "sale", "0.2", "USD", 0),
            ("default", "b", "sale", None, None, 0),
            ("default", "c", "sale", "10", "eur", later),
            ("elsewhere", "d", "sale", "3", None, 0),
            ("nowhere", "e", "sale", "4", None, 0)])
        _, base = self.serve("--config", config)
        m = self.wait_for(base, lambda m: m("pending_rows", tracker="default", kind="behind") == 1
                          and m("requests_in_flight", tracker="default") == 1)
        self.assertEqual([m("pending_rows", tracker="default", kind=kind) for kind in ("ready", "later", "behind")], [2, 1, 1])
        self.assertEqual(m("pending_rows", tracker="unknown", kind="ready"), 2)
        self.assertEqual(m.labels("tracker"), {"default", "unknown"})
        self.assertEqual({c: m("pending_payout", currency=c) for c in m.labels("currency")}, {"usd": 0.3, "eur": 10, "none": 7})
        age = m("oldest_due_age_seconds", tracker="default")
        time.sleep(0.05)
        self.assertGreater(Metrics(base)("oldest_due_age_seconds", tracker="default"), age, "it grows though nobody commits")

    def test_currencies_are_bounded(self):
        self.db.insert_many(("tracker", "subid", "status", "payout", "currency"),
                            [("gone", f"c{n}", "sale", "1", f"{chr(97 + n % 26)}{chr(97 + n // 26)}x") for n in range(100)]
                            + [("gone", "u", "sale", "1", "usd"), ("gone", "u2", "sale", "1", "usd")])
        _, base = self.serve(url="http://127.0.0.1:1/k/postback")
        m = self.wait_for(base, lambda m: m("pending_payout") == 102)
        self.assertEqual(len(m.labels("currency")), 21)
        self.assertEqual((m("pending_payout", currency="usd"), m("pending_payout", currency="other")), (2, 81))

    def test_breaker_and_pause_are_seen(self):
        receiver = self.receiver(lambda request: Reply(503))
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(30)])
        _, base = self.serve(*QUICK_RETRIES, url=receiver.url)
        m = self.wait_for(base, lambda m: m("breaker", phase="open") == 1)
        self.assertEqual((m("breaker"), m("breaker", phase="closed")), (1, 0))
        self.assertGreaterEqual(m("breaker_openings_total"), 1)
        self.assertEqual(m("tracker_paused"), 0)
        self.ko("pause", "default", "--db", self.db_path)
        self.wait_for(base, lambda m: m("tracker_paused", tracker="default") == 1)

    def test_a_scrape_of_many_rows_does_not_wait_for_their_count(self):
        self.db.execute("BEGIN")
        self.db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
                        " INSERT INTO outbox (subid, status, payout, currency, due_at)"
                        " SELECT 'c' || i, 'sale', '0.02', 'usd', 9000000000000 FROM n")
        self.db.execute("COMMIT")
        _, base = self.serve(url="http://127.0.0.1:1/k/postback")
        begun = time.monotonic()
        Metrics(base)
        self.assertLess(time.monotonic() - begun, 5)
        m = self.wait_for(base, lambda m: m("pending_payout", currency="usd") == 1200, timeout=60)
        self.assertEqual(m("pending_rows", tracker="default", kind="later"), 60000)

    def test_the_key_is_nowhere(self):
        receiver = self.receiver()
        self.db.insert(subid="a", status="sale")
        _, base = self.serve(url=receiver.url)
        m = self.wait_for(base, lambda m: m("rows_finished_total", state="delivered") == 1)
        self.assertNotIn(KEY, m.page.text)


class Health(Served):
    def test_pages(self):
        _, base = self.serve(url="http://127.0.0.1:1/k/postback")
        wait_until(lambda: get(base + "/readyz").text == "delivering\n", what="it delivers")
        self.assertEqual(get(base + "/healthz")[::2], (200, "ok\n"))
        self.assertEqual(get(base + "/readyz").code, 200)
        self.assertIn("/metrics", get(base + "/").text)
        self.assertEqual(get(base + "/nothing").code, 404)

    def test_neither_a_trackers_outage_nor_a_locked_database_makes_it_unhealthy(self):
        self.db.insert_many(("subid", "status"), [(f"c{n}", "sale") for n in range(30)])
        _, base = self.serve(*QUICK_RETRIES, url="http://127.0.0.1:1/k/postback")
        self.wait_for(base, lambda m: m("breaker", phase="open") == 1)
        self.assertEqual((get(base + "/healthz").code, get(base + "/readyz").code), (200, 200))
        locker = sqlite3.connect(self.db_path, timeout=60, isolation_level=None)
        self.addCleanup(locker.close)
        locker.execute("BEGIN IMMEDIATE")
        wait_until(lambda: get(base + "/readyz").code == 503, what="it is not ready while the database is locked")
        self.assertEqual(get(base + "/healthz").code, 200)
        self.assertEqual(Metrics(base)("database_ok"), 0)
        locker.execute("ROLLBACK")
        wait_until(lambda: get(base + "/readyz").code == 200, what="it is ready again")
        self.assertGreaterEqual(Metrics(base)("store_troubles_total"), 1)

    def test_a_standby_is_healthy_and_ready(self):
        first, first_base = self.serve(url="http://127.0.0.1:1/k/postback", name="first")
        wait_until(lambda: get(first_base + "/readyz").text == "delivering\n", what="the first delivers")
        _, base = self.serve(url="http://127.0.0.1:1/k/postback", name="second")
        wait_until(lambda: get(base + "/readyz")[::2] == (200, "standing by: another worker delivers\n"), what="the second stands by")
        self.assertEqual(get(base + "/healthz").code, 200)
        self.assertEqual(Metrics(base)("delivering"), 0)
        first.kill()
        wait_until(lambda: get(base + "/readyz").text == "delivering\n", what="the second takes over")

    def test_a_port_or_address_that_cannot_be_had_is_one_line(self):
        _, base = self.serve(url="http://127.0.0.1:1/k/postback")
        taken = base.removeprefix("http://")
        for address, code, text in ((taken, 1, "another process listens there"),
                                    ("192.0.2.1:9464", 1, "does not have that address"),
                                    ("no-such-host.invalid:9464", 1, "does not resolve"),
                                    ("9464", 2, "write an address and a port"),
                                    ("127.0.0.1:99999", 2, "write an address and a port")):
            with self.subTest(address):
                result = self.ko("run", "--db", self.db_path, "--to", "http://127.0.0.1:1/k/postback", "--listen", address)
                self.assertEqual(result.code, code, result)
                self.assert_one_line(result.err)
                self.assertIn(text, result.err)

    def test_a_stop_does_not_wait_for_those_who_watch(self):
        worker, base = self.serve(url="http://127.0.0.1:1/k/postback")
        host, port = base.removeprefix("http://").split(":")
        idle = socket.create_connection((host, int(port)))
        self.addCleanup(idle.close)
        idle.sendall(b"GET /metrics HT")
        begun = time.monotonic()
        self.assertEqual(worker.terminate(), 0)
        self.assertLess(time.monotonic() - begun, 6)


class Observability(Served):
    """The files for Prometheus and Grafana fit what is served."""

    FOLDER = os.path.join(SOURCE_DIR, "tools", "observability")

    def read(self, name):
        with open(os.path.join(self.FOLDER, name), encoding="utf-8") as file:
            return file.read()

    def served_names(self):
        self.db.insert(subid="a", status="sale", tracker="gone", payout="1")
        config = self.write("outbox.toml", f"""
[[tracker]]
url = "http://127.0.0.1:1/k3y/postback"
admin_url = "http://127.0.0.1:1"
admin_key = "4dminKey"
[intake]
listen = "127.0.0.1:0"
[[source]]
name = "network"
key = "{"s" * 32}"
""")
        _, base = self.serve("--config", config)
        m = self.wait_for(base, lambda m: m("pending_payout") == 1)
        names = set(m.types)
        for name, kind in m.types.items():
            if kind == "histogram":
                names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")}
        return names, m

    def test_every_metric_that_rules_and_dashboard_name_is_served(self):
        names, m = self.served_names()
        for file, at_least in (("keitaro-outbox.rules.yml", 10), ("grafana-dashboard.json", 25)):
            used = set(re.findall(r"\b(?:keitaro_outbox|process)_\w+\b", self.read(file)))
            self.assertGreaterEqual(len(used), at_least, file)
            self.assertEqual({name for name in used - names if not name.startswith(POSTGRESQL)}, set(), file)
        shown = {re.sub("_bucket$", "", name) for name in used}
        families = {name for name in m.types if name.startswith("keitaro_outbox_")}
        self.assertEqual(families - shown - {"keitaro_outbox_last_turn_timestamp_seconds"}, set(), "not on the dashboard")

    def test_the_page_tells_of_every_metric_and_of_no_other(self):
        _, m = self.served_names()
        with open(os.path.join(SOURCE_DIR, "docs", "monitoring.md"), encoding="utf-8") as file:
            page = file.read().split("## Metrics")[1].split("\n##")[0]
        told = {name for line in re.findall(r"^\| (`.*?) \|", page, re.MULTILINE) for name in re.findall(r"`(\w+)`", line)}
        told = {name for name in told if not name.startswith("postgresql_")}
        self.assertEqual(told, {name.removeprefix("keitaro_outbox_") for name in m.types if name.startswith("keitaro_")})

    def test_the_dashboard_is_one_that_grafana_loads(self):
        dashboard = json.loads(self.read("grafana-dashboard.json"))
        self.assertTrue(dashboard["title"] and dashboard["uid"] and dashboard["schemaVersion"] >= 36)
        variables = {variable["name"] for variable in dashboard["templating"]["list"]}
        self.assertEqual(variables, {"datasource", "job", "instance", "tracker"})
        panels = dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        taken = set()
        for panel in panels:
            with self.subTest(panel["title"]):
                place = panel["gridPos"]
                self.assertLessEqual(place["x"] + place["w"], 24)
                cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
                self.assertFalse(cells & taken, "it lies over another")
                taken |= cells
                if panel["type"] == "row":
                    continue
                self.assertEqual(panel["datasource"]["uid"], "${datasource}")
                for target in panel["targets"]:
                    expression = target["expr"]
                    for opening, closing in ("()", "{}", "[]"):
                        self.assertEqual(expression.count(opening), expression.count(closing), expression)
                    used = set(re.findall(r"\$(\w+)", expression)) - {"__rate_interval"}
                    self.assertLessEqual(used, variables, expression)

    @unittest.skipUnless(PROMTOOL, "promtool is not installed (Debian: prometheus)")
    def test_promtool_finds_nothing_wrong(self):
        _, m = self.served_names()
        for args, stdin in ((["check", "metrics"], m.page.text),
                            (["check", "rules", "keitaro-outbox.rules.yml"], ""),
                            (["test", "rules", "keitaro-outbox.rules-test.yml"], "")):
            with self.subTest(args):
                done = subprocess.run([PROMTOOL, *args], input=stdin.encode(), cwd=self.FOLDER, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=60, check=False)
                self.assertEqual(done.returncode, 0, done.stdout.decode())
                if args == ["check", "metrics"]:
                    self.assertEqual(done.stdout.decode(), "")


if __name__ == "__main__":
    unittest.main()
