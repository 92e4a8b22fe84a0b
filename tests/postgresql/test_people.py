"""What people do with an outbox in PostgreSQL: the verbs, the page, and asking the tracker what it recorded."""

import re
import unittest

from harness import KEY, QUICK_RETRIES, wait_until
from outbox_test import OutboxTest
from page_reader import Viewer
from receiver import Reply

ADMIN_KEY = "adm1nKeyOfThePanel"
SCREENS = ("/", "/trackers", "/problems", "/click", "/rows", "/rejects", "/actions")


class Verbs(OutboxTest):
    def test_init_says_what_it_did_and_shows_no_password(self):
        url = self.pg.url().replace("postgres@", "postgres:s3cret@")
        again = self.ko("init", "--db", url)
        self.assertEqual(again.code, 0, again)
        self.assertIn("nothing to do, the outbox is there", again.out)
        self.assertNotIn("s3cret", again.out + again.err)
        lost = self.ko("status", "--db", "postgresql://ann:s3cret@/app?host=/nowhere")
        self.assertEqual(lost.code, 1)
        self.assertIn("postgresql://ann@/app?host=/nowhere cannot be reached", lost.err)
        self.assertNotIn("s3cret", lost.out + lost.err)

    def test_the_verbs_of_people_work(self):
        receiver = self.receiver(lambda request: Reply(400) if request.subid == "bad" else Reply())
        for subid in ("good", "bad"):
            added = self.ko_json("add", "--db", self.pg.url(), "--subid", subid, "--status", "sale", "--payout", "5", "--currency", "usd")
            self.assertGreater(added["id"], 0)
        refused = self.ko("add", "--db", self.pg.url(), "--subid", "x", "--status", "sale", "--payout", "1,5")
        self.assertEqual(refused.code, 2, refused)
        self.assertIn("payout must be a plain decimal", refused.err)
        self.assertEqual(self.ko_json("status", "--db", self.pg.url())["trackers"][0]["pending"], 2)
        drained = self.ko("drain", "--db", self.pg.url(), "--to", receiver.url, "--allow-private", *QUICK_RETRIES, "--timeout", "30s")
        self.assertEqual(drained.code, 3, drained)
        self.assertEqual(self.states(), {"delivered": "1", "dead": "1"})
        self.assertIn("bad", self.ko("list", "--db", self.pg.url(), "--state", "dead").out)
        shown = self.ko("show", "bad", "--db", self.pg.url())
        self.assertEqual(shown.code, 0, shown)
        self.assertIn("HTTP 400", shown.out)
        self.assertEqual(self.ko("explain", "2", "--db", self.pg.url(), "--to", receiver.url).code, 0)
        exported = self.ko("export", "--db", self.pg.url())
        self.assertEqual((exported.code, exported.out.count("\n")), (0, 3), exported)
        self.assertEqual(self.ko("retry", "--id", "2", "--db", self.pg.url()).code, 0)
        self.assertEqual(self.ko("cancel", "--id", "2", "--db", self.pg.url()).code, 0)
        self.assertEqual(self.states(), {"delivered": "1", "cancelled": "1"})
        self.assertEqual(self.ko("pause", "default", "--db", self.pg.url()).code, 0)
        self.assertEqual(self.pg.sql("SELECT paused_at IS NOT NULL FROM outbox_trackers"), ["t"])
        imported = self.write("more.csv", "subid,status\nc1,lead\n,lead\nc2,sale\n")
        result = self.ko("import", imported, "--db", self.pg.url())
        self.assertEqual(self.states(), {"delivered": "1", "cancelled": "1", "pending": "2"}, result)
        self.assertIn("subid must have 1 to 255 characters", result.out + result.err)
        self.pg.sql("UPDATE outbox SET finished_at = now() - interval '3 days' WHERE state = 'delivered'")
        pruned = self.ko("prune", "--db", self.pg.url(), "--state", "delivered", "--older-than", "1d")
        self.assertEqual(self.states(), {"cancelled": "1", "pending": "2"}, pruned)
        checked = self.ko("check", "--db", self.pg.url(), "--to", receiver.url, "--allow-private")
        self.assertIn("the server takes writes", checked.out)


class ThePage(OutboxTest):
    def with_password(self):
        return self.pg.url().replace("postgres@", "postgres:s3cret@")

    def test_it_shows_each_screen_and_no_password(self):
        served = self.worker("--listen", "127.0.0.1:0", verb="page", private=False, db_path=self.with_password())
        viewer = Viewer(self.listening(served))
        viewer.shown("/", "The outbox is empty.")
        self.insert("click1", "sale", ", tid, event_id, payout, currency", ", 'order-7', 'event-7', 12.50, 'USD'")
        self.insert("click1", "rejected", ", waits_for, tid", ", 1, 'order-7'")
        self.insert("later", "lead", ", due_at", ", '2100-01-01'")
        viewer.shown("/", "12.5")
        for path in (*SCREENS, "/rows?state=pending", "/rows?subid=later", "/rows.csv?state=pending"):
            self.assertNotIn("s3cret", viewer.get(path).text, path)
        for asked in ("click1", "order-7", "event-7", "1"):
            answer = viewer.get("/click?q=" + asked)
            self.assertIn("Row 1: sale", viewer.page("/click?q=" + asked).text())
            self.assertNotIn("s3cret", answer.text)
        self.assertNotIn("s3cret", served.output())

    def test_rows_that_failed_for_one_reason_are_sent_again_or_cancelled_from_it(self):
        broken = {"bad": 422}
        receiver = self.receiver(lambda request: Reply(broken.get(request.subid[:-1], 200)))
        self.insert_clicks(20)
        for n in range(3):
            self.insert(f"bad{n}", "lead", ", payout, currency", ", 2, 'usd'")
        self.insert("slow", "lead", ", attempts, reason, due_at", ", 1, 'HTTP 503; attempt 1 of 20', '2100-01-01'")
        self.insert("odd", "nonsense")
        worker = self.worker("--listen", "127.0.0.1:0", "--retry-first-delay", "50ms", "--retry-max-delay", "100ms", url=receiver.url)
        viewer = Viewer(self.listening(worker))
        good = 20

        def all_are_dead():
            """While others get through: a tracker that refuses all is at fault by itself, and no row dies of it."""
            nonlocal good
            self.insert_clicks(1, start=good)
            good += 1
            return self.states().get("dead") == "3"

        wait_until(all_are_dead, 60, "what the tracker refuses is dead", step=0.1)
        self.wait_for_states({"delivered": good, "dead": 3, "refused": 1, "pending": 1})
        page = viewer.shown("/problems", "HTTP 422")
        self.assertIn("6 USD", page.text())
        question = viewer.page([link for link in page.links() if link.startswith("/retry") and "422" in link][0])
        self.assertIn("3 rows", question.text())
        del broken["bad"]
        self.assertIn("3 rows are to be sent again", viewer.send(question.forms()[0], pace="100").text())
        self.wait_for_states({"delivered": good + 3, "refused": 1, "pending": 1})
        page = viewer.shown("/problems", "HTTP 503")
        question = viewer.page([link for link in page.links() if link.startswith("/cancel") and "503" in link][0])
        viewer.send(question.forms()[0])
        self.wait_for_states({"delivered": good + 3, "refused": 1, "cancelled": 1})
        viewer.send([form for form in viewer.page("/trackers").forms() if form[0] == "/pause"][0])
        self.assertEqual(self.pg.sql("SELECT paused_at IS NOT NULL FROM outbox_trackers"), ["t"])
        viewer.shown("/", f"{good + 3} delivered")
        self.assertNotIn(KEY, viewer.get("/click?row=21").text)


class ReadBack(OutboxTest):
    QUICK = 'verify_after = "1s"\nverify_again = ["2s", "4s"]\nadmin_rate = 10\nretry_first_delay = "100ms"\n'

    def config(self, *clicks):
        """A simulator that knows these clicks, and the configuration for it."""
        sim = self.sim("--api-key", ADMIN_KEY, "--clicks", self.write("clicks.txt", "\n".join(clicks) + "\n"))
        return self.write("outbox.toml", f'[[tracker]]\nurl = "{sim.url}"\nallow_private = true\nadmin_url = "{sim.base}"\n'
                                         f'admin_key = "{ADMIN_KEY}"\n{self.QUICK}')

    def verdicts(self):
        return dict(line.split("|") for line in self.pg.sql("SELECT subid, verdict FROM conversions"))

    def test_what_was_recorded_is_told_by_a_running_worker(self):
        config = self.config("a", "b")
        worker = self.worker("--config", config, private=False)
        self.insert("a", "lead")
        absent = self.insert("nobody", "sale", ", payout", ", 7")
        wait_until(lambda: self.verdicts() == {"a": "recorded", "nobody": "absent"}, 60, lambda: self.verdicts())
        self.insert("a", "sale")
        wait_until(lambda: self.pg.sql("SELECT status, verdict FROM conversions WHERE subid = 'a'") == ["sale|recorded"], 60, "the sale is recorded")
        self.assertEqual(self.pg.sql("SELECT first_taken_in_at < taken_in_at FROM conversions WHERE subid = 'a'"), ["t"])
        self.assertIn("does not know this click", self.ko("explain", absent, "--db", self.pg.url(), "--config", config).out)
        self.assertIn("1 recorded, 1 absent", self.ko("status", "--db", self.pg.url(), "--config", config).out)
        self.assertEqual([row["id"] for row in self.ko_json("list", "--verdict", "absent", "--db", self.pg.url())], [absent])
        self.assertEqual(self.ko("retry", "--verdict", "absent", "--dry-run", "--db", self.pg.url()).out, "1 row would be sent now\n")
        self.assertEqual(worker.terminate(), 0)
        self.assertNotIn(ADMIN_KEY, worker.output())

    def test_of_two_workers_each_asks_for_its_own_conversions(self):
        clicks = [f"click{n}" for n in range(40)]
        config = self.config(*clicks)
        workers = [self.worker("--config", config, private=False) for _ in range(2)]
        self.wait_for_shares(128, 128)
        self.pg.sql(f"INSERT INTO outbox (subid, status) SELECT unnest(ARRAY{clicks}), 'lead'")
        wait_until(lambda: self.verdicts() == dict.fromkeys(clicks, "recorded"), 60, lambda: self.verdicts())
        told = []
        for worker in workers:
            self.assertEqual(worker.terminate(), 0)
            told.append(sum(map(int, re.findall(r"\bverified .*\brecorded=(\d+)", worker.stderr()))))
        self.assertEqual(sum(told), len(clicks))
        self.assertGreater(min(told), 0)

    def test_verify_asks_in_the_foreground_and_shows_days(self):
        config = self.config("a", "b")
        for subid in ("a", "b"):
            self.insert(subid, "sale", ", payout, currency", ", 5, 'usd'")
        self.assertEqual(self.ko("drain", "--db", self.pg.url(), "--config", config).code, 0)
        wait_until(lambda: self.pg.sql("SELECT max(check_at) < clock_timestamp() FROM conversions") == ["t"], what="they are due")
        verified = self.ko_json("verify", "--db", self.pg.url(), "--config", config)
        self.assertEqual([(report["tracker"], report["found"]["recorded"]) for report in verified], [("default", 2)])
        self.assertEqual(self.verdicts(), {"a": "recorded", "b": "recorded"})
        days = self.ko("verify", "--days", "2", "--db", self.pg.url(), "--config", config)
        self.assertEqual(days.code, 0, days)
        self.assertIn("10", days.out)


if __name__ == "__main__":
    unittest.main()
