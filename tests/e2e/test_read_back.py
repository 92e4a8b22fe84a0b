"""Read-back: what a tracker's own records say of what it took in, by its Admin API."""

import json
import os
import shutil
import time
import unittest
import urllib.request

from harness import COMMAND, E2ETest, wait_until

ADMIN_KEY = "adm1nKeyOfThePanel"
# Verdicts within seconds: a first look after 1 s, the last one after 4 s.
QUICK = 'verify_after = "1s"\nverify_again = ["2s", "4s"]\nadmin_rate = 10\nretry_first_delay = "100ms"\n'


class ReadBack(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def tracker(self, *flags, clicks=("a", "b", "c", "d"), **more):
        """A simulator that knows these clicks, and the configuration for it."""
        known = self.write("clicks.txt", "\n".join(clicks) + "\n")
        sim = self.sim("--api-key", ADMIN_KEY, "--clicks", known, *flags)
        return sim, self.config(sim, **more)

    def config(self, sim, extra=QUICK, name="outbox.toml", admin_key=ADMIN_KEY):
        return self.write(name, f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\nadmin_url = "{sim.base}"\n'
                                f'admin_key = "{admin_key}"\n{extra}')

    def verdict(self, subid):
        rows = self.db.all("SELECT verdict, verdict_note FROM conversions WHERE subid = ?", subid)
        return tuple(rows[0]) if rows else None

    def wait_for_verdict(self, subid, verdict):
        wait_until(lambda: (self.verdict(subid) or ("",))[0] == verdict, timeout=60,
                   what=lambda: f"{subid} is {verdict}, and it is {self.verdict(subid)}")

    def run_with(self, config, *flags):
        return self.start("worker", [COMMAND, "run", "--db", self.db_path, "--config", config, *flags])

    @staticmethod
    def change_by_hand(sim, **change):
        """As a person does in the tracker's panel."""
        request = urllib.request.Request(sim.base + "/sim/conversions", json.dumps(change).encode(), {"Api-Key": ADMIN_KEY})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    @staticmethod
    def now_ms():
        return time.time() * 1000

    def verify(self, config, *flags, code=0):
        result = self.ko("verify", "--db", self.db_path, "--config", config, *flags)
        self.assertEqual(result.code, code, result)
        self.assertNotIn(ADMIN_KEY, result.out + result.err)
        return result

    def test_what_was_recorded_is_told_and_what_was_not_with_the_reason(self):
        sim, config = self.tracker()
        worker = self.run_with(config, "--listen", "127.0.0.1:0")
        recorded = self.db.insert(subid="a", status="sale", payout="5")
        absent = self.db.insert(subid="nobody", status="sale", payout="7")
        self.wait_for_verdict("a", "recorded")
        self.wait_for_verdict("nobody", "absent")
        self.assertIn("does not know this click", self.verdict("nobody")[1])
        self.assertIn("recorded by the tracker", self.ko("explain", recorded, "--db", self.db_path, "--config", config).out)
        self.assertIn("does not know this click", self.ko("explain", absent, "--db", self.db_path, "--config", config).out)
        self.assertIn("does not know this click", self.ko("show", "nobody", "--db", self.db_path).out)
        status = self.ko_json("status", "--db", self.db_path, "--config", config)["read_back"]
        self.assertEqual([(s["tracker"], s["recorded"], s["absent"]) for s in status], [("default", 1, 1)])
        self.assertIn("1 recorded, 1 absent", self.ko("status", "--db", self.db_path, "--config", config).out)
        listed = self.ko_json("list", "--verdict", "absent", "--db", self.db_path)
        self.assertEqual([row["id"] for row in listed], [absent])
        self.assertEqual([row["id"] for row in self.ko_json("list", "--verdict", "recorded", "--db", self.db_path)], [recorded])
        self.assertIn("1 conversion of default absent", self.verify(config, code=3).out)
        # Nothing is sent again by itself.
        self.assertEqual(sim.received_count(), 2)
        worker.terminate()
        self.assertNotIn(ADMIN_KEY, worker.output() + self.everything_stored())

    def everything_stored(self):
        return repr([self.db.all(f"SELECT * FROM {table}") for table in ("outbox", "conversions", "outbox_readback", "outbox_trackers")])

    def test_what_is_absent_is_retried_or_exported_when_a_person_says_so(self):
        sim, config = self.tracker()
        self.run_with(config)
        self.db.insert(subid="a", status="sale")  # The key shows that it can see.
        row = self.db.insert(subid="late", status="sale", payout="7", tid="t1")
        self.wait_for_verdict("late", "absent")
        counted = self.ko("retry", "--verdict", "absent", "--dry-run", "--db", self.db_path)
        self.assertEqual(counted.out, "1 row would be sent now\n")
        exported = self.ko("export", "--verdict", "absent", "--format", "keitaro-import", "--out", self.path("absent"), "--db", self.db_path)
        self.assertEqual(exported.code, 0, exported)
        with open(self.path("absent-0001.csv"), encoding="utf-8") as file:
            self.assertEqual(file.read().split(), ["late,7,t1,sale"])
        self.assertEqual(sim.received_count(), 2)
        self.assertEqual(self.ko("retry", "--verdict", "absent", "--db", self.db_path).out, "1 row to be sent now\n")
        wait_until(lambda: sim.received_count() == 3, what="it is sent again")
        self.wait_for_state(row, "delivered")
        wait_until(lambda: self.verdict("late")[0] == "unchecked", what="the verdict is open again")

    def test_a_later_postback_opens_the_verdict_again(self):
        _, config = self.tracker()
        self.run_with(config)
        self.db.insert(subid="a", status="lead")
        self.wait_for_verdict("a", "recorded")
        self.db.insert(subid="a", status="sale", payout="3")
        wait_until(lambda: self.db.value("SELECT status FROM conversions") == "sale", what="the sale is taken in")
        self.wait_for_verdict("a", "recorded")

    def test_verify_asks_in_the_foreground(self):
        _, config = self.tracker()
        self.db.insert(subid="a", status="sale")
        self.db.insert(subid="b", status="lead")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        wait_until(lambda: self.db.value("SELECT max(check_at) FROM conversions") < self.now_ms(), what="they are due")
        reports = json.loads(self.verify(config, "--json").out)
        self.assertEqual([(r["tracker"], r["found"]["recorded"], r["requests"]) for r in reports], [("default", 2, 1)])
        self.assertEqual(self.verdict("a")[0], "recorded")

    def test_a_tracker_that_cannot_be_asked_is_told(self):
        for flags, words in ((("--admin-api", "unpaid"), "this edition has no Admin API"),
                             (("--admin-api", "not-found"), "write the panel's address"),
                             (("--wrong-api-key-code", "403"), "refuses admin_key")):
            with self.subTest(flags):
                sim = self.sim("--api-key", ADMIN_KEY, *flags, name="sim" + flags[1])
                key = "another" if "403" in flags else ADMIN_KEY
                config = self.config(sim, name=flags[1] + ".toml", admin_key=key)
                self.db.execute("UPDATE conversions SET check_at = 1, verdict = 'unchecked'")
                self.db.insert(subid="a" + flags[1], status="sale")
                self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
                wait_until(lambda: self.db.value("SELECT min(check_at) FROM conversions") < self.now_ms(), what="it is due")
                result = self.verify(config, code=4)
                self.assertIn(words, result.err)
                self.assert_one_line(result.err)
                checked = self.ko("check", "--db", self.db_path, "--config", config)
                self.assertIn(words, checked.out)

    def test_the_days_totals_find_what_was_changed_behind_our_back(self):
        sim, config = self.tracker()
        for subid in "abcd":
            self.db.insert(subid=subid, status="sale", payout="5")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", config).code, 0)
        wait_until(lambda: self.db.value("SELECT max(check_at) FROM conversions") < self.now_ms(), what="they are due")
        self.assertIn("no conversion is different", self.verify(config, "--days", "2").out)
        self.assertEqual(self.verify(config).code, 0)
        self.change_by_hand(sim, subid="b", revenue="9")
        self.change_by_hand(sim, subid="c", delete=True)
        told = self.verify(config, "--days", "2", code=3)
        self.assertIn("differs: b: amount: sent 5, the tracker has 9", told.out)
        self.assertIn("not at the tracker: c", told.out)
        (report,) = json.loads(self.verify(config, "--days", "2", "--json", code=3).out)
        self.assertEqual([(i["kind"], i["subid"]) for i in report["items"]], [("differs", "b"), ("missing", "c")])
        self.assertEqual([(t["ours"], t["theirs"]) for t in report["totals"]], [(4, 3)])
        self.assertIn("differs,default,", self.verify(config, "--days", "2", "--csv", code=3).out)

    def test_conversions_that_are_there_already_are_asked_after_only_when_wished(self):
        sim, config = self.tracker()
        without = self.write("without.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\n')
        self.db.insert(subid="a", status="sale")
        self.assertEqual(self.ko("drain", "--db", self.db_path, "--config", without).code, 0)
        self.assertEqual(self.db.all("SELECT verdict, check_at FROM conversions"), [("unchecked", None)])
        self.assertNotIn("read_back", self.ko_json("status", "--db", self.db_path, "--config", without))
        self.verify(config)
        self.assertEqual(self.verdict("a")[0], "unchecked")
        self.verify(config, "--newer-than", "1d")
        self.assertEqual(self.verdict("a")[0], "recorded")

    def test_check_says_what_the_key_sees(self):
        _, config = self.tracker()
        self.assertIn("ok    read-back of default: the Admin API answers; there is no conversion of ours yet",
                      self.ko("check", "--db", self.db_path, "--config", config).out)
        self.run_with(config)
        self.db.insert(subid="a", status="sale")
        self.wait_for_verdict("a", "recorded")
        self.assertIn("ok    read-back of default: the Admin API answers, and shows 1 of 1 click of ours",
                      self.ko("check", "--db", self.db_path, "--config", config).out)

    def test_without_an_admin_api_verify_says_what_to_write(self):
        sim = self.sim()
        config = self.write("plain.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\n')
        result = self.ko("verify", "--db", self.db_path, "--config", config)
        self.assertEqual((result.code, result.err),
                         (2, "keitaro-outbox: no tracker has admin_url and admin_key: add them to its [[tracker]]\n"))

    def test_metrics_count_verdicts_and_requests(self):
        _, config = self.tracker()
        worker = self.run_with(config, "--listen", "127.0.0.1:0")
        self.db.insert(subid="a", status="sale")
        self.wait_for_verdict("a", "recorded")
        with urllib.request.urlopen(self.listening(worker) + "/metrics", timeout=20) as answer:
            page = answer.read().decode()
        self.assertIn('keitaro_outbox_conversions_verified_total{tracker="default",verdict="recorded"} 1', page)
        self.assertIn('keitaro_outbox_readback_requests_total{outcome="answered",tracker="default"}', page)
        self.assertIn('keitaro_outbox_readback_reachable{tracker="default"} 1', page)

    def test_rows_of_a_restored_copy_that_the_tracker_has_are_not_sent_again(self):
        sim, config = self.tracker()
        drain = ("drain", "--db", self.db_path, "--config", config)

        def insert(subid, status, payout):
            result = self.shell(f"INSERT INTO outbox (subid, status, payout) VALUES ('{subid}', '{status}', {payout})")
            self.assertEqual(result.code, 0, result)

        insert("a", "lead", "NULL")
        self.assertEqual(self.ko(*drain).code, 0)
        insert("a", "sale", "'5'")
        insert("b", "sale", "'7'")
        self.assertEqual(self.shell(f".backup {self.path('copy.db')}").code, 0)
        self.assertEqual(self.ko(*drain).code, 0)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.db_path + suffix):
                os.remove(self.db_path + suffix)
        shutil.copy(self.path("copy.db"), self.db_path)
        insert("c", "sale", "'9'")
        self.assertEqual(sim.received_count(), 3)
        resumed = self.ko(*drain, "--resume-restored")
        self.assertEqual(resumed.code, 0, resumed)
        self.assertIn("looked_up=3 recorded=2", resumed.err)
        self.assertEqual(self.shell("SELECT DISTINCT state FROM outbox").out, "delivered\n")
        self.assertEqual(sim.received_count(), 4, "just what the tracker did not have is sent")

    def killed_with_two_requests_under_way(self, *flags):
        """The tracker has both and has not answered yet."""
        sim, config = self.tracker("--latency", "60s", *flags)
        self.db.insert(subid="a", status="sale", payout="5")
        self.db.insert(subid="b", status="lead")
        worker = self.run_with(config)
        wait_until(lambda: sim.stats()["received"] == 2, what="both are taken in")
        worker.kill()
        self.db.insert(subid="c", status="sale", payout="9")
        return sim, config

    def restart_the_machine(self):
        """As far as the lock file can tell."""
        with open("/proc/sys/kernel/random/boot_id", "rb") as file:
            boot = file.read().strip()
        with open(self.db_path + "-outbox-lock", "r+b") as file:
            self.assertEqual(file.read().count(boot), 1)
            file.seek(0)
            changed = file.read().replace(boot, boot[::-1])
            file.seek(0)
            file.write(changed)

    def test_after_a_power_cut_what_the_tracker_has_is_not_sent_again(self):
        sim, config = self.killed_with_two_requests_under_way()
        self.restart_the_machine()
        worker = self.run_with(config)
        wait_until(lambda: sim.conversions("c"), what="the third one is sent")
        self.assertEqual(sim.stats()["received"], 3)
        self.assertEqual(self.db.all("SELECT subid, state FROM outbox ORDER BY id"),
                         [("a", "delivered"), ("b", "delivered"), ("c", "pending")])
        self.wait_for_line(worker, "power_cut tracker=default looked_up=3 recorded=2")

    def test_after_a_power_cut_rows_are_sent_where_the_tracker_cannot_be_asked(self):
        sim, config = self.killed_with_two_requests_under_way("--admin-api", "unpaid")
        self.restart_the_machine()
        worker = self.run_with(config)
        wait_until(lambda: sim.stats()["received"] == 5, what="all are sent")
        self.wait_for_line(worker, "power_cut tracker=default looked_up=0 recorded=0")
        self.assertIn("they are sent", worker.stderr())

    def test_the_end_of_a_worker_alone_is_no_power_cut(self):
        sim, config = self.killed_with_two_requests_under_way()
        worker = self.run_with(config)
        wait_until(lambda: sim.stats()["received"] == 5, what="all are sent")
        self.assertNotIn("power_cut", worker.stderr())

    def test_a_reload_takes_another_key_without_a_restart(self):
        sim, config = self.tracker()
        self.config(sim, admin_key="wrong")
        worker = self.run_with(config)
        self.db.insert(subid="a", status="sale")
        self.wait_for_line(worker, "read_back_trouble")
        self.config(sim)
        worker.signal(1)
        self.wait_for_verdict("a", "recorded")
        self.assertIn("admin_key", worker.stderr())
        self.assertNotIn(ADMIN_KEY, worker.output())


if __name__ == "__main__":
    unittest.main()
