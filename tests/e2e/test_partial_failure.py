"""A tracker that takes in a part of the requests gets all that this part can take; one that refuses what is above a rate is found out."""

import os
import shutil
import socket
import unittest

from harness import E2ETest, QUICK_RETRIES, wait_until
from metrics_page import Metrics
from receiver import Reply

# For a busy machine. Before flow control, half of the answers failing meant two rows a second.
LONG = 240


class PartialFailure(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def failed(self):
        return self.db.value("SELECT count(*) FROM delivery_attempts")

    def test_half_of_the_answers_fail_whatever_the_row(self):
        rows = 3000
        sim = self.sim("--fail", "503:0.5", "--latency", "5ms")
        self.insert_clicks(rows)
        self.worker(*QUICK_RETRIES, url=sim.url, verb="drain", name="drain").wait(LONG)
        self.assertEqual(dict(self.db.states()), {"delivered": rows})
        self.assertLess(sim.received_count(), 2.3 * rows, "each row is sent about twice, and no more")
        self.assertEqual(len(sim.conversions()), rows)

    def test_status_explain_metrics_and_log_say_it_in_words(self):
        sim = self.sim("--fail", "503:0.5", "--latency", "5ms")
        self.insert_clicks(20000)
        worker = self.worker("--retry-first-delay", "50ms", "--retry-max-delay", "400ms", "--listen", "127.0.0.1:0", url=sim.url)
        words = r"takes in \d\d % of requests, \d+ in flight, "
        told = wait_until(lambda: self.db.value("SELECT reason FROM outbox_trackers WHERE breaker = 'closed' AND reason IS NOT NULL"),
                          60, what=lambda: f"a word of it: {self.db.all('SELECT * FROM outbox_trackers')} {worker.stderr()[-500:]}")
        self.assertRegex(told, words)
        self.assertRegex(self.ko("status", "--db", self.db_path).out, "default: " + words)
        last = self.db.value("SELECT max(id) FROM outbox")
        self.assertRegex(self.ko("explain", str(last), "--db", self.db_path).out, "the tracker " + words)
        self.assertIn("flow tracker=default", worker.stderr())
        metrics = Metrics(self.listening(worker))
        self.assertEqual(metrics("limited_by", tracker="default"), 1, "one reason at a time")
        self.assertGreater(metrics("taken_in_share", tracker="default"), 0.2)
        self.assertLess(metrics("taken_in_share", tracker="default"), 0.8)

    def nginx(self, upstream, limit):
        """In front of `upstream`, with a limit for all requests together; gives the URL of the postback."""
        if not (shutil.which("nginx") or os.path.exists("/usr/sbin/nginx")):
            self.skipTest("needs the program nginx")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        folder = self.path("nginx")
        os.mkdir(folder)
        host = upstream.split("/")[2]
        config = self.write("nginx.conf", f"""
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  limit_req_zone $server_name zone=all:64k rate={limit}r/s;
  server {{
    listen 127.0.0.1:{port};
    server_name all;
    limit_req zone=all burst=5 nodelay;
    location / {{ proxy_pass http://{host}; }}
  }}
}}
""")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        nginx = self.start("nginx", [program, "-e", folder + "/error.log", "-p", folder, "-c", config])

        def answers():
            self.assertTrue(nginx.running(), nginx.output())
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", port)) == 0

        wait_until(answers, what="nginx listens")
        return upstream.replace(host, f"127.0.0.1:{port}")

    def test_nginx_that_answers_503_above_its_limit_gets_about_that(self):
        rows = 400
        receiver = self.receiver()
        url = self.nginx(receiver.url, 20)
        self.insert_clicks(rows)
        # About 20 s; with the wait for a breaker at each burst it was minutes.
        self.worker(*QUICK_RETRIES, url=url, verb="drain", name="drain").wait(LONG)
        self.assertEqual(dict(self.db.states()), {"delivered": rows})
        self.assertEqual(receiver.count(), rows)
        # tests/flow says how few it must be; here the machine may be busy.
        self.assertLess(self.failed(), rows, "its rate is found, and kept")

    def refuses(self, statuses):
        """A tracker that answers the click `c` so, one after the other, and takes in all others."""
        left = list(statuses)
        return self.receiver(lambda request: Reply(left.pop(0)) if request.subid == "c" and left else Reply())

    def deliver_beside_others(self, receiver, row, attempts):
        worker = self.worker("--retry-first-delay", "20ms", "--retry-max-delay", "60ms", url=receiver.url)
        wait_until(lambda: self.db.row(row)["attempts"] >= attempts or self.db.state(row) != "pending",
                   what=lambda: f"{attempts} attempts: {self.db.row(row)}")
        return worker

    def test_three_answers_that_speak_of_the_row_end_it_though_the_worker_was_started_again(self):
        receiver = self.refuses([422, 503, 400, 503, 422, 422])
        self.insert_clicks(50, prefix="other")
        row = self.db.insert(subid="c", status="lead")
        for attempts in (1, 3):
            self.deliver_beside_others(receiver, row, attempts).kill()
        self.deliver_beside_others(receiver, row, 5)
        self.wait_for_state(row, "dead")
        self.assertEqual(self.db.row(row)["reason"], "the tracker refused it with HTTP 422; given up after attempt 3 of 3")

    def test_other_failures_do_not_count_for_these(self):
        receiver = self.refuses([503, 503, 422, 503, 422])
        self.insert_clicks(50, prefix="other")
        row = self.db.insert(subid="c", status="lead")
        self.deliver_beside_others(receiver, row, 6)
        self.wait_for_state(row, "delivered")


if __name__ == "__main__":
    unittest.main()
