"""The front door from outside: what senders send becomes rows, and what each is answered."""

import signal
import socket
import time
import unittest

from front_door import OTHER_KEY, SOURCE_KEY, FrontDoorTest
from harness import wait_until
from metrics_page import Metrics, get


class Answers(FrontDoorTest):
    def test_a_postback_is_a_row_when_it_is_answered(self):
        process, port = self.open()
        status, body, headers = self.call(port, "subid=a&status=lead&payout=1.5&currency=rub,usd&tid=7&sub_id_1=x")
        self.assertEqual((status, body), (200, b"OK"))
        self.assertEqual(headers["Cache-Control"], "no-store")
        self.assertEqual(self.rows("tracker, subid, status, tid, payout, currency, params, state"),
                         [("default", "a", "lead", "7", "1.5", "rub", '{"sub_id_1":"x"}', "pending")])
        self.assertEqual(self.call(port, "clickid=b&type=sale&revenue=3&return=thanks")[1], b"thanks")
        self.assertEqual(self.call(port, "subid=c")[0], 200)
        self.assertEqual(self.rows()[1:], [("b", "sale"), ("c", "sale")])
        self.assertEqual(process.terminate(), 0)
        self.assertIn("first_call_seen source=net method=GET", process.stderr())
        self.assertEqual(process.stderr().count("first_call_seen"), 1)

    def test_forms_and_json_are_taken_in(self):
        _, port = self.open()
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.call(port, method="POST", body="subid=a&status=sale", headers=form)[0], 200)
        json = {"Content-Type": "application/json"}
        self.assertEqual(self.call(port, method="POST", body='{"subid":"b","payout":2.50}', headers=json)[0], 200)
        self.assertEqual(self.rows("subid, payout"), [("a", None), ("b", "2.50")])

    def test_what_breaks_a_rule_is_kept_with_its_reason_and_without_the_key(self):
        _, port = self.open()
        status, body, _ = self.call(port, f"subid=%7Bsubid%7D&from=http://h/{SOURCE_KEY}/postback")
        self.assertEqual((status, body), (422, b"subid holds a macro that was not filled in\n"))
        self.assertEqual(self.call(port, "subid=a&status=7")[0], 422)
        self.assertEqual([reject[4] for reject in self.rejects()],
                         ["subid holds a macro that was not filled in",
                          'the status "7" is a number: only the request\'s lists or the source\'s statuses say what it counts as'])
        self.assertNotIn(SOURCE_KEY, str(self.rejects()))
        self.assertEqual(self.rows(), [])

    def test_nobody_learns_whether_key_path_or_address_is_wrong(self):
        config = self.configure(more=f'[[source]]\nname = "far"\nkey = "{OTHER_KEY}"\nallow = ["203.0.113.0/24"]\n')
        _, port = self.open(config)
        expected = self.call(port, path="/nothing")
        self.assertEqual(expected[0], 404)
        expected[2].pop("Date", None)
        for path in ("/", "/favicon.ico", "/robots.txt", f"/{SOURCE_KEY}", f"/{SOURCE_KEY[:-1]}x/postback", f"/{OTHER_KEY}/postback", "/metrics"):
            for query in ("", "subid=a"):
                got = self.call(port, query, path=path)
                got[2].pop("Date", None)
                self.assertEqual(got, expected, path)
        self.assertEqual(self.rows(), [])
        self.assertEqual(self.rejects(), [])

    def test_a_trusted_proxy_speaks_for_its_client(self):
        config = self.configure(intake='trusted_proxies = ["127.0.0.1"]', source='allow = ["203.0.113.0/24"]')
        _, port = self.open(config)
        self.assertEqual(self.call(port, "subid=a")[0], 404)
        self.assertEqual(self.call(port, "subid=b", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.1"})[0], 404)
        self.assertEqual(self.call(port, "subid=c", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.9"})[0], 200)
        self.assertEqual(self.rows("subid"), [("c",)])

    def test_limits_and_methods(self):
        _, port = self.open()
        path = f"/{SOURCE_KEY}/postback"
        self.assertEqual(self.call(port, method="PUT")[0], 405)
        self.assertEqual(self.call(port, "subid=a&x=" + "y" * 9000)[0], 414)
        self.assertEqual(self.call(port, "subid=a", headers={"X-Long": "y" * 17000})[0], 431)
        self.assertEqual(self.call(port, method="POST", body="subid=a&x=" + "y" * 70000)[0], 413)
        self.assertEqual(self.call(port, "subid=a%00")[0], 400)
        self.assertEqual(self.call(port, "subid=a", method="HEAD")[0], 200)
        self.assertEqual(self.call(port, "subid=a", headers={"Purpose": "prefetch"})[0], 200)
        self.assertEqual(self.rows(), [])
        status, body, headers = self.call(port, "subid=a", headers={"Accept": "image/gif"})
        self.assertEqual((status, headers["Content-Type"], body[:6], body[-1:], len(body)), (200, "image/gif", b"GIF89a", b";", 42))
        self.assertEqual(self.call(port, "subid=b", path="http://elsewhere.example" + path)[0], 200)
        self.assertEqual(len(self.rows()), 2)

    def test_a_source_has_its_own_rate_names_statuses_and_ids(self):
        config = self.configure(source='''parameters = { click = "subid", lead = "tid" }
statuses = { 2 = "lead", ok = "sale" }
event_id = "{lead}:{status}"
campaign = "SUMMER"
tracker = "main"
rejected_answer = 200''', more=f'[[source]]\nname = "slow"\nkey = "{OTHER_KEY}"\nrate = 0.001\n')
        _, port = self.open(config)
        self.assertEqual(self.call(port, "click=a&lead=9&status=2")[0], 200)
        self.assertEqual(self.call(port, "click=a&lead=9&status=2")[0], 200)
        self.assertEqual(self.call(port, "click=a&lead=9&status=ok")[0], 200)
        self.assertEqual(self.call(port, "click=a&status=5")[0], 200, "though rejected")
        self.assertEqual(self.rows("tracker, campaign, subid, tid, status, event_id, params"), [
            ("main", "SUMMER", "a", "9", "2", "net:9:2", '{"lead_status":"2"}'),
            ("main", "SUMMER", "a", "9", "ok", "net:9:ok", '{"sale_status":"ok"}')])
        self.assertEqual(len(self.rejects()), 1)
        self.assertEqual(self.call(port, "subid=x", key=OTHER_KEY)[0], 200)
        status, _, headers = self.call(port, "subid=y", key=OTHER_KEY)
        self.assertEqual((status, headers["Retry-After"]), (429, "1"))

    def test_a_signed_source_takes_nothing_unsigned(self):
        import hashlib
        import hmac
        config = self.configure(source='secret = "s3cret-of-net"\nsignature_header = "X-Sign"\nsignature_of = "query"\n')
        _, port = self.open(config)
        right = hmac.new(b"s3cret-of-net", b"subid=a", hashlib.sha256).hexdigest()
        self.assertEqual(self.call(port, "subid=a")[0], 404)
        self.assertEqual(self.call(port, "subid=b", headers={"X-Sign": right})[0], 404)
        self.assertEqual(self.call(port, "subid=a", headers={"X-Sign": "sha256=" + right.upper()})[0], 200)
        self.assertEqual(self.rows("subid"), [("a",)])


class Process(FrontDoorTest):
    def test_run_opens_it_too_and_delivers_what_came_in(self):
        receiver = self.receiver()
        config = self.configure(trackers=f'[[tracker]]\nurl = "{receiver.url}"\nallow_private = true\n')
        worker, port = self.open(config, verb="run")
        self.assertEqual(self.call(port, "subid=a&status=sale")[0], 200)
        self.wait_for_states({"delivered": 1})
        standby, other_port = self.open(config, verb="run")
        self.wait_for_line(standby, "standing_by")
        self.assertEqual(self.call(other_port, "subid=b&status=sale")[0], 200)
        self.wait_for_states({"delivered": 2})
        worker.kill()
        self.assertEqual(self.call(other_port, "subid=c&status=sale")[0], 200)
        self.wait_for_states({"delivered": 3})
        self.assertEqual(standby.terminate(), 0)

    def test_a_port_that_is_taken_ends_the_start(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            config = self.write("taken.toml", f'[intake]\nlisten = "127.0.0.1:{port}"\n[[source]]\nname = "n"\nkey = "{SOURCE_KEY}"\n')
            result = self.ko("intake", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, 1)
        self.assertIn("another process listens there", result.err)

    def test_without_a_front_door_in_the_configuration_it_is_wrong_usage(self):
        config = self.write("none.toml", '[[tracker]]\nurl = "https://t.example/k3yk3yk3y/postback"\n')
        result = self.ko("intake", "--db", self.db_path, "--config", config)
        self.assertEqual(result.code, 2)
        self.assert_one_line(result.err)

    def test_a_hang_up_takes_new_sources_and_a_broken_file_changes_nothing(self):
        config = self.configure()
        process, port = self.open(config)
        self.assertEqual(self.call(port, "subid=a", key=OTHER_KEY)[0], 404)
        self.configure(key=OTHER_KEY)
        process.signal(signal.SIGHUP)
        self.wait_for_line(process, "reloaded sources=changed")
        self.assertEqual(self.call(port, "subid=a", key=OTHER_KEY)[0], 200)
        self.assertEqual(self.call(port, "subid=a")[0], 404)
        self.write("outbox.toml", "[intake]\nlisen = 3\n")
        process.signal(signal.SIGHUP)
        self.wait_for_line(process, "reload_refused")
        self.assertEqual(self.call(port, "subid=b", key=OTHER_KEY)[0], 200)
        self.assertNotIn(OTHER_KEY, process.output())

    def test_sources_that_were_taken_away_with_the_whole_section_are_shut_out_and_a_restart_is_asked_for(self):
        tracker = '[[tracker]]\nurl = "https://t.example/k3yk3yk3y/postback"\n'
        config = self.configure(trackers=tracker)
        process, port = self.open(config, verb="run")
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        self.write("outbox.toml", tracker)
        process.signal(signal.SIGHUP)
        self.wait_for_line(process, "reloaded sources=changed needs_restart=intake")
        self.assertEqual(self.call(port, "subid=b")[0], 404)

    def test_a_stop_answers_what_is_in_progress(self):
        process, port = self.open()
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        self.db.execute("BEGIN IMMEDIATE")  # The next commit waits for us.
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(f"GET /{SOURCE_KEY}/postback?subid=b HTTP/1.1\r\nHost: h\r\n\r\n".encode())
            with socket.create_connection(("127.0.0.1", port)) as probe:  # It is served behind the other one.
                probe.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
                self.assertIn(b"404", probe.recv(1000))
            process.signal(signal.SIGTERM)
            self.db.execute("COMMIT")
            self.assertIn(b"HTTP/1.1 200", caller.recv(1000))
        self.assertEqual(process.wait(), 0)
        self.assertEqual(self.rows("subid"), [("a",), ("b",)])

    def test_its_metrics_and_health(self):
        process, port = self.open(None, "--listen", "127.0.0.1:0")
        base = self.listening(process)
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        self.assertEqual(self.call(port, "subid=%7Bx%7D")[0], 422)
        metrics = Metrics(base)
        self.assertEqual(metrics("intake_requests_total", source="net", result="accepted"), 1)
        self.assertEqual(metrics("intake_requests_total", source="net", result="rejected"), 1)
        self.assertEqual(metrics("intake_rejects_waiting"), 1)
        self.assertEqual(metrics("intake_seconds_to_commit_count"), 2)
        self.assertEqual(metrics("intake_group_requests_total"), 2)
        self.assertNotIn(SOURCE_KEY, metrics.page.text)
        for path in ("/healthz", "/readyz"):
            self.assertEqual(get(base + path).code, 200)


class Trouble(FrontDoorTest):
    def test_a_database_that_stays_locked_is_answered_503_and_recovers(self):
        process, port = self.open(None, "--listen", "127.0.0.1:0")
        base = self.listening(process)
        self.db.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        status, _, headers = self.call(port, "subid=a")
        self.assertEqual((status, headers["Retry-After"]), (503, "5"))
        self.assertGreaterEqual(time.monotonic() - begun, 1.9)
        self.assertEqual(get(base + "/readyz").code, 503)
        self.assertEqual(get(base + "/healthz").code, 200)
        self.db.execute("ROLLBACK")
        self.assertEqual(self.call(port, "subid=b")[0], 200)
        self.assertEqual(get(base + "/readyz").code, 200)
        self.assertEqual(self.rows("subid"), [("b",)])
        self.assertIn("intake_trouble", process.stderr())
        self.assertIn("intake_recovered", process.stderr())

    def test_the_spool_keeps_what_the_database_cannot_and_goes_first(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.db.execute("BEGIN IMMEDIATE")
        for subid in "abc":
            self.assertEqual(self.call(port, f"subid={subid}")[0], 200)
        self.assertEqual(self.rows("subid"), [])
        self.assertIn("spool", self.ko("status", "--db", self.db_path).out)
        process.kill()
        self.db.execute("ROLLBACK")
        process, port = self.open(self.configure(intake="spool = true"))
        self.assertEqual(self.call(port, "subid=d")[0], 200)
        self.assertEqual(self.rows("subid"), [("a",), ("b",), ("c",), ("d",)])

    def test_a_damaged_record_of_the_spool_costs_no_other_and_is_told_of(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.db.execute("BEGIN IMMEDIATE")
        for subid in ("c1", "c2", "c3"):
            self.assertEqual(self.call(port, f"subid={subid}")[0], 200)
        process.kill()
        self.db.execute("ROLLBACK")
        spool = self.db_path + "-intake-spool"
        with open(spool, "rb") as file:
            whole = file.read()
        with open(spool, "wb") as file:
            file.write(whole.replace(b'"subid":"c2"', b'"subid":"cX"'))
        process, port = self.open(self.configure(intake="spool = true"))
        self.wait_for_line(process, f"spool_damaged records=1 kept_in={spool}-damaged")
        self.assertEqual(self.call(port, "subid=c4")[0], 200)
        self.assertEqual(self.rows("subid"), [("c1",), ("c3",), ("c4",)])
        with open(spool + "-damaged", "rb") as file:
            self.assertIn(b'"subid":"cX"', file.read())

    def test_triggers_of_the_application_cost_what_they_turn_away_alone(self):
        _, port = self.open()
        self.db.execute("CREATE TRIGGER own BEFORE INSERT ON outbox WHEN NEW.subid LIKE 'no%' BEGIN SELECT RAISE(IGNORE); END")
        status, body, _ = self.call(port, "subid=no1&status=lead")
        self.assertEqual((status, body), (422, b"the database turned it away: a trigger on outbox left no row and gave no reason\n"))
        self.assertEqual([reject[4] for reject in self.rejects()], ["the database turned it away: a trigger on outbox left no row and gave no reason"])
        self.db.execute("CREATE TRIGGER other BEFORE INSERT ON intake_rejects BEGIN SELECT RAISE(ABORT, 'full'); END")
        self.assertEqual(self.call(port, "subid=no2&status=lead")[0], 503)
        self.assertEqual(self.call(port, "subid=yes&status=lead")[0], 200)
        self.assertEqual(self.rows("subid"), [("yes",)])

    def test_a_spool_that_was_left_goes_first_though_none_is_used_any_more(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.db.execute("BEGIN IMMEDIATE")
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        process.kill()
        process, port = self.open(self.configure())
        self.assertEqual(self.call(port, "subid=b")[0], 503)
        self.db.execute("ROLLBACK")
        self.assertEqual(self.call(port, "subid=c")[0], 200)
        self.assertEqual(self.rows("subid"), [("a",), ("c",)])

    def test_bytes_that_are_no_text_end_no_front_door(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.db.execute("BEGIN IMMEDIATE")
        for query in (b"=\xff&subid=b", b"subid=%C3\xa9", b"x=%\xff%&subid=b"):
            with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
                connection.sendall(b"GET /" + SOURCE_KEY.encode() + b"/postback?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n")
                self.assertRegex(connection.recv(1000), rb"^HTTP/1.1 400 ")
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        self.db.execute("ROLLBACK")
        wait_until(lambda: self.rows("subid") == [("a",)], what="the spool is drained")

    def test_the_spool_becomes_rows_though_nobody_calls(self):
        process, port = self.open(self.configure(intake="spool = true"))
        self.db.execute("BEGIN IMMEDIATE")
        self.assertEqual(self.call(port, "subid=a")[0], 200)
        self.db.execute("ROLLBACK")
        wait_until(lambda: self.rows("subid") == [("a",)], what="the spool is drained")


class Rejects(FrontDoorTest):
    def test_rejects_are_listed_by_cause_and_replayed_when_it_is_mended(self):
        config = self.configure(source='parameters = { click = "subid" }')
        process, port = self.open(config)
        for query in ("click=a&status=9", "click=b&status=9", "status=sale"):
            self.assertEqual(self.call(port, query)[0], 422)
        json = self.ko_json("rejects", "--db", self.db_path)
        self.assertEqual(json["waiting"], 3)
        self.assertEqual([(group["source"], group["rejects"]) for group in json["groups"]], [("net", 2), ("net", 1)])
        self.assertIn("status=9", self.ko("rejects", "--db", self.db_path).out)
        again = self.ko("rejects", "--replay", "--db", self.db_path, "--config", config)
        self.assertEqual(again.code, 3, again)
        self.configure(source='parameters = { click = "subid" }\nstatuses = { 9 = "sale" }')
        mended = self.ko_json("rejects", "--replay", "--db", self.db_path, "--config", config, code=3)
        self.assertEqual((mended["added"], mended["rejected"]), (2, 1))
        self.assertEqual(self.rows(), [("a", "9"), ("b", "9")])
        self.assertEqual([resolved is not None for *_, resolved in self.rejects()], [True, True, False])
        self.assertEqual(self.ko("rejects", "--replay", "--id", "1", "--db", self.db_path, "--config", config).code, 1)
        self.assertEqual(self.ko_json("rejects", "--db", self.db_path)["waiting"], 1)
        self.assertIn("1 reject", self.ko("status", "--db", self.db_path).out)

    def test_old_ones_go_where_the_front_door_runs_alone(self):
        self.db.execute("INSERT INTO intake_rejects (received_at, source, method, query, reason) VALUES (1000, 'net', 'GET', 'old', 'no subid')")
        process, port = self.open(self.configure(trackers='keep_rejects = "1h"'))
        self.assertEqual(self.call(port, "status=sale")[0], 422)
        self.wait_for_line(process, "pruned rejects=1")
        self.assertEqual([reject[2] for reject in self.rejects()], ["status=sale"])

    def test_a_body_is_replayed_as_what_its_sender_called_it(self):
        config = self.configure()
        _, port = self.open(config)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.call(port, "subid=a", method="POST", body='{"x":1&status=7', headers=form)[0], 422)
        self.assertEqual(self.call(port, method="POST", body='\ufeff{"subid":"b","status":7}'.encode(), headers={"Content-Type": "application/json"})[0], 422)
        self.configure(source='statuses = { 7 = "sale" }')
        mended = self.ko_json("rejects", "--replay", "--db", self.db_path, "--config", config)
        self.assertEqual(mended["added"], 2)
        self.assertEqual(self.rows("subid, params"), [("a", '{"sale_status":"7"}'), ("b", '{"sale_status":"7"}')])

    def test_prune_takes_old_ones(self):
        _, port = self.open()
        self.assertEqual(self.call(port, "status=sale")[0], 422)
        self.db.execute("UPDATE intake_rejects SET received_at = received_at - 3600000")
        self.assertEqual(self.call(port, "status=lead")[0], 422)
        result = self.ko_json("prune", "--rejects-older-than", "30m", "--db", self.db_path)
        self.assertEqual(result["rejects"], 1)
        self.assertEqual([reject[2] for reject in self.rejects()], ["status=lead"])


class Check(FrontDoorTest):
    def test_a_signed_source_is_tried_with_its_signature(self):
        secret = "5ecret-of-the-network"
        tracker = '[[tracker]]\nurl = "http://127.0.0.1:9/k3yk3yk3y/postback"\nallow_private = true\n'
        for of in ("query", "body"):
            for form in ("hex", "base64"):
                with self.subTest(of=of, form=form):
                    signed = f'signature_of = "{of}"\nsignature_form = "{form}"\nsignature_header = "X-Sign"\n'
                    process, port = self.open(self.configure(source=f'secret = "{secret}"\n' + signed))
                    public = f'public_url = "http://127.0.0.1:{port}"'
                    right = self.configure(intake=public, source=f'secret = "{secret}"\n' + signed, trackers=tracker, name="check.toml")
                    said = self.ko("check", "--db", self.db_path, "--config", right)
                    self.assertIn("for the source net answers as the front door does: a sender gets through", said.out)
                    self.assertNotIn(secret, said.out + said.err)
                    wrong = self.configure(intake=public, source='secret = "another"\n' + signed, trackers=tracker, name="check.toml")
                    self.assertIn("HTTP 404", self.ko("check", "--db", self.db_path, "--config", wrong).out)
                    self.assertEqual(self.rows(), [])
                    self.assertEqual(process.terminate(), 0)


class Source(FrontDoorTest):
    def test_a_key_is_made_by_chance(self):
        one, other = self.ko("source", "key").out.strip(), self.ko("source", "key").out.strip()
        self.assertRegex(one, r"\A[a-z0-9]{32}\Z")
        self.assertNotEqual(one, other)

    def test_the_url_is_what_the_sender_is_given(self):
        config = self.configure(intake='public_url = "https://pb.example"', source='parameters = { click = "subid", lead = "tid" }\nevent_id = "{lead}:{status}:{time}"')
        result = self.ko("source", "url", "net", "--config", config)
        self.assertEqual(result.out, f"https://pb.example/{SOURCE_KEY}/postback"
                         "?click={click}&status={status}&lead={lead}&payout={payout}&currency={currency}&time={time}\n")
        templates = self.ko("source", "url", "net", "--altercpa", "--config", config).out.splitlines()
        self.assertEqual([line.split()[0] for line in templates], ["wait", "hold", "approve", "cancel", "trash"])
        self.assertEqual(templates[0].split()[1], f"https://pb.example/{SOURCE_KEY}/postback"
                         "?click={click}&status=wait&lead={lead}&campaign={campaign}&time={time}")
        _, port = self.open(config)
        query = templates[0].split("?")[1].replace("{click}", "c1").replace("{lead}", "5").replace("{campaign}", "S").replace("{time}", "1")
        self.assertEqual(self.call(port, query)[0], 200)
        self.assertEqual(self.rows("subid, status, tid, campaign, event_id"), [("c1", "wait", "5", "S", "net:5:wait:1")])


if __name__ == "__main__":
    unittest.main()
