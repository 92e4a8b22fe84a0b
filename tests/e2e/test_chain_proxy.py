"""nginx and Caddy before the front door, by the examples that people copy: TLS, the sender's address, limits, and no key in their logs."""

import http.client
import os
import re
import socket
import ssl
import subprocess
import unittest
import urllib.parse

from chain import DOOR_KEY, SOURCE, ChainTest
from harness import SOURCE_DIR, wait_until

EXAMPLE = os.path.join(SOURCE_DIR, "tools", "examples", "nginx", "front-door.conf")
CADDYFILE = os.path.join(SOURCE_DIR, "tools", "examples", "caddy", "Caddyfile")
HOST = "postback.example.com"
# nginx comes from 127.0.0.1, as the example says; senders have other addresses of this machine.
SENDER, OTHER = "127.0.0.2", "127.0.0.3"
FORGED = "203.0.113.9"
MAIN = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/start.log warn;
events {{ }}
http {{
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  include {folder}/front-door.conf;
}}
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def directives(text):
    """Without comments and blank lines."""
    lines = [re.sub(r"\s*#.*", "", line).strip() for line in text.splitlines()]
    return [line for line in lines if line]


class Proxy(ChainTest):
    """A web server of one of the examples. `self.server` is its process, `self.port` where it listens."""

    program = ""

    def setUp(self):
        super().setUp()
        if not os.path.exists(self.program):
            self.skipTest(f"{self.program} is not installed")
        self.certificate = self.make_certificate()

    def make_certificate(self):
        certificate, key = self.path("certificate.pem"), self.path("key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                        "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        return certificate

    def choose_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def filled_in(self, text, *places):
        """An example with this machine's ports and files in the places of its own."""
        for pattern, replacement in places:
            text, count = re.subn(pattern, replacement, text)
            self.assertEqual(count, 1, pattern)
        return text

    def wait_until_it_listens(self):
        wait_until(self.listens, what=lambda: f"{self.program} listens: {self.server.output()} {self.logs()}")

    def listens(self):
        if not self.server.running():
            raise AssertionError(f"{self.program} ended with {self.server.code()}: {self.server.output()} {self.logs()}")
        try:
            socket.create_connection(("127.0.0.1", self.port), 5).close()
        except OSError:
            return False
        return True

    def logs(self):
        return ""

    def call(self, target, sender=SENDER, method="GET", body=None, headers=None):
        """Over TLS, the certificate being verified; gives code and text."""
        context = ssl.create_default_context(cafile=self.certificate)
        raw = socket.create_connection(("127.0.0.1", self.port), 30, (sender, 0))
        connection = http.client.HTTPConnection(HOST)
        connection.sock = context.wrap_socket(raw, server_hostname=HOST)
        try:
            connection.request(method, target, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def postback(self, subid, **options):
        return self.call(f"/{DOOR_KEY}/postback?click={subid}&status=approve", **options)

    def door_behind(self, allowed=SENDER, name="door.toml"):
        """A front door that believes this web server and takes calls of `allowed` alone."""
        return self.start_door(self.door_config(name, 'trusted_proxies = ["127.0.0.1"]', SOURCE + f'allow = ["{allowed}"]\n'))

    def check_that_calls_come_through(self):
        self.start_worker()
        self.assertEqual(self.postback("plain"), (200, "OK"))
        self.assertEqual(self.postback("posted", method="POST", body=b"payout=5", headers={"Content-Type": "application/x-www-form-urlencoded"}), (200, "OK"))
        not_found = self.call("/unknown/postback?click=a&status=approve")
        self.assertEqual(not_found[0], 404)
        self.assertEqual(self.postback("stranger", sender=OTHER), not_found)
        self.assertEqual(self.postback("forger", sender=OTHER, headers={"X-Forwarded-For": SENDER}), not_found)
        self.assertEqual(self.postback("forger", sender=OTHER, headers={"X-Forwarded-For": f"{SENDER}, 127.0.0.1"}), not_found)
        self.assertEqual(self.call("/elsewhere"), not_found)
        self.wait_for_states({"delivered": 2})
        self.assertEqual({conversion["sub_id"]: conversion["revenue"] for conversion in self.keitaro.conversions()}, {"plain": "0", "posted": "5"})

    def check_that_no_claimed_address_is_believed(self):
        for claimed in (FORGED, f"{FORGED}, {FORGED}", f"127.0.0.1, {FORGED}"):
            self.assertEqual(self.postback("forger", headers={"X-Forwarded-For": claimed})[0], 404, claimed)
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), 0)


class NginxProxy(Proxy):
    program = "/usr/sbin/nginx"

    def start_nginx(self, *doors):
        self.choose_port()
        folder = self.path("nginx")
        os.mkdir(folder)
        servers = "".join(f"server {urllib.parse.urlsplit(door.base).netloc}; " for door in doors)
        text = self.filled_in(read(EXAMPLE),
                              (r"(?m)^ *# server 127.*$", ""), (r"server 127\.0\.0\.1:8480;", servers), (r"listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
                              (r"/etc/letsencrypt/\S+/fullchain\.pem", self.certificate), (r"/etc/letsencrypt/\S+/privkey\.pem", self.path("key.pem")),
                              (r"/var/log/nginx/error\.log", f"{folder}/error.log"))
        for name, content in (("front-door.conf", text), ("nginx.conf", MAIN.format(folder=folder))):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(content)
        self.server = self.start("nginx", [self.program, "-p", folder, "-c", os.path.join(folder, "nginx.conf"), "-e", os.path.join(folder, "start.log")])
        self.wait_until_it_listens()

    def logs(self):
        text = ""
        for folder, _, names in os.walk(self.path("nginx")):
            for name in names:
                if name.endswith(".log"):
                    text += read(os.path.join(folder, name))
        return text

    def test_calls_come_through_with_the_senders_own_address(self):
        self.start_nginx(self.door_behind())
        self.check_that_calls_come_through()

    def test_odd_heads_are_answered_and_never_take_the_door_for_down(self):
        self.start_nginx(self.door_behind(), self.door_behind(name="second.toml"))
        for count in (500, 540, 580, 620, 700, 1200):
            cookies = "; ".join(f"c{i}=b" for i in range(count))
            self.assertIn(self.postback(f"cookies{count}", headers={"Cookie": cookies})[0], (200, 400, 431), count)
            parameters = "&".join("a" * (i % 3) for i in range(count))
            status, said = self.call(f"/{DOOR_KEY}/postback?click=parameters{count}&status=approve&{parameters}")
            self.assertEqual((status, said), (200, "OK"), count)
        self.assertEqual(self.postback("after"), (200, "OK"))
        self.assertNotIn("prematurely closed", self.logs())
        self.assertNotIn("no live upstreams", self.logs())

    def test_an_address_that_the_sender_claims_is_not_believed(self):
        self.start_nginx(self.door_behind(FORGED))
        self.check_that_no_claimed_address_is_believed()

    def test_what_is_too_large_is_refused_by_one_of_them(self):
        self.start_nginx(self.door_behind())
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.postback("large", method="POST", body=b"a=" + b"x" * 66_000, headers=form)[0], 413)
        self.assertEqual(self.postback("x" * 9_000)[0], 414)
        self.assertEqual(self.postback("fits", method="POST", body=b"sub_id_1=" + b"x" * 200, headers=form)[0], 200)

    def test_no_log_of_nginx_holds_the_key(self):
        door = self.door_behind()
        self.start_nginx(door)
        self.assertEqual(self.postback("plain")[0], 200)
        door.kill()
        self.assertEqual(self.postback("nobody")[0], 502)
        self.assertNotIn(DOOR_KEY, self.logs())

    def test_one_of_two_front_doors_can_go_without_a_lost_call(self):
        first, second = self.door_behind(), self.door_behind(name="second.toml")
        self.start_nginx(first, second)
        for number in range(60):
            if number == 20:
                self.assertEqual(first.terminate(), 0)
            self.assertEqual(self.postback(f"click{number}"), (200, "OK"))
        self.assertEqual(self.db.value("SELECT count(*) FROM outbox"), 60)
        self.assertTrue(second.running())


class CaddyProxy(Proxy):
    program = "/usr/bin/caddy"

    def start_caddy(self, door):
        """With a certificate of ours, as nobody gives one to a test."""
        self.choose_port()
        options = f"\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system {self.path('caddy')}\n\tlog {{"
        text = self.filled_in(read(CADDYFILE),
                              (r"(?m)^\tlog \{", options), (r"(?m)^postback\.example\.com \{", f"https://{HOST}:{self.port} {{\n\tbind 127.0.0.1\n\ttls {self.certificate} {self.path('key.pem')}"),
                              (r"127\.0\.0\.1:8480", urllib.parse.urlsplit(door.base).netloc))
        with open(self.path("Caddyfile"), "w", encoding="utf-8") as file:
            file.write(text)
        home = {"HOME": self.folder, "XDG_CONFIG_HOME": self.folder, "XDG_DATA_HOME": self.folder}
        self.server = self.start("caddy", [self.program, "run", "--adapter", "caddyfile", "--config", self.path("Caddyfile")], env=home)
        self.wait_until_it_listens()

    def test_calls_come_through_with_the_senders_own_address(self):
        self.start_caddy(self.door_behind())
        self.check_that_calls_come_through()

    def test_an_address_that_the_sender_claims_is_not_believed(self):
        self.start_caddy(self.door_behind(FORGED))
        self.check_that_no_claimed_address_is_believed()

    def test_no_log_of_caddy_holds_the_key(self):
        door = self.door_behind()
        self.start_caddy(door)
        self.assertEqual(self.postback("plain")[0], 200)
        door.kill()
        self.assertEqual(self.postback("nobody")[0], 502)
        self.assertIn("server running", self.server.output())
        self.assertNotIn(DOOR_KEY, self.server.output())


class Pages(unittest.TestCase):
    def test_the_pages_show_these_examples(self):
        for page, language, path in (("front-door.md", "nginx", EXAMPLE), ("front-door.md", "caddy", CADDYFILE), ("altercpa-keitaro.md", "caddy", CADDYFILE)):
            with self.subTest(page, language=language):
                with open(os.path.join(SOURCE_DIR, "docs", page), encoding="utf-8") as file:
                    shown = re.findall(rf"^```{language}\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)
                self.assertEqual(directives(shown[0]), directives(read(path)))


if __name__ == "__main__":
    unittest.main()
