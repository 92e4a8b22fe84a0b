"""Loopback by number, odd spelling or name is refused unless the tracker allows it; nothing reaches the receiver."""

import os
import socket
import ssl
import subprocess
import threading
import unittest

from harness import KEY, E2ETest, wait_until


class PrivateAddresses(E2ETest):
    SPELLINGS = ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.2", "0.0.0.0",
                 "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "LOCALHOST")

    def setUp(self):
        super().setUp()
        self.init()

    def test_every_spelling_of_loopback_is_refused_and_the_row_kept(self):
        receiver = self.receiver()
        tables = []
        for number, host in enumerate(self.SPELLINGS):
            tables.append(f'[[tracker]]\nname = "t{number}"\nurl = "http://{host}:{receiver.port}/{KEY}/postback"\n')
            self.db.insert(tracker=f"t{number}", subid="abc", status="sale")
        self.worker("--config", self.write("many.toml", "".join(tables)), private=False)
        wait_until(lambda: self.db.value("SELECT count(*) FROM outbox WHERE reason IS NULL") == 0,
                   what=lambda: f"each row says why it waits: {self.db.all('SELECT tracker, reason FROM outbox')}")
        self.assertEqual(receiver.count(), 0)
        self.assertEqual(self.db.states(), {"pending": len(self.SPELLINGS)})
        for host, reason in zip(self.SPELLINGS, (r for (r,) in self.db.all("SELECT reason FROM outbox ORDER BY id"))):
            with self.subTest(host=host):
                self.assertRegex(reason, "private|loopback|allow_private")

    def test_a_host_in_other_letters_is_turned_away_by_the_configuration(self):
        for host in ("①27.0.0.1", "127。0。0。1"):
            with self.subTest(host=host):
                result = self.ko("drain", "--db", self.db_path, "--to", f"http://{host}/{KEY}/postback")
                self.assertEqual(result.code, 2, result)
                self.assertIn("xn--", result.err)

    def test_the_reason_says_that_it_is_a_private_address_and_what_to_do(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        result = self.ko("drain", "--db", self.db_path, "--to", receiver.url.replace("127.0.0.1", "localhost"), "--timeout", "1500ms")
        self.assertEqual(result.code, 4, result)
        reason = self.db.row(1)["reason"]
        self.assertRegex(reason, "private|loopback")
        self.assertEqual(self.db.value("SELECT strikes FROM outbox"), 0, "our own guard's no is not held against the row")

    def test_check_says_so(self):
        receiver = self.receiver()
        for host in ("127.0.0.1", "localhost"):
            with self.subTest(host=host):
                result = self.ko("check", "--db", self.db_path, "--to", receiver.url.replace("127.0.0.1", host))
                self.assertNotEqual(result.code, 0)
                self.assertRegex(result.out + result.err, "allow.private")
                self.assertEqual(receiver.count(), 0)

    def test_the_trackers_permission_lets_it_through(self):
        receiver = self.receiver()
        self.db.insert(subid="abc", status="sale")
        refused = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--timeout", "1s")
        self.assertIn(refused.code, (2, 4), refused)
        allowed = self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--timeout", "20s")
        self.assertEqual(allowed.code, 0, allowed)
        self.assertEqual(receiver.count(), 1)

    def test_one_trackers_permission_is_not_anothers(self):
        first, second = self.receiver(), self.receiver()
        config = self.write("two.toml", f"""
[[tracker]]
name = "open"
url = "{first.url}"
allow_private = true
[[tracker]]
name = "closed"
url = "{second.url.replace("127.0.0.1", "localhost")}"
""")
        self.db.insert(tracker="open", subid="abc", status="sale")
        self.db.insert(tracker="closed", subid="abc", status="sale")
        result = self.ko("drain", "--db", self.db_path, "--config", config, "--timeout", "2s")
        self.assertEqual(result.code, 4, result)
        self.assertEqual((first.count(), second.count()), (1, 0))
        self.assertEqual([self.db.state(1), self.db.state(2)], ["delivered", "pending"])

    def test_a_proxy_in_the_environment_is_no_way_around(self):
        proxy, receiver = self.receiver(), self.receiver()
        self.db.insert(subid="abc", status="sale")
        where = f"http://127.0.0.1:{proxy.port}"
        names = ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY", "HTTPS_PROXY")
        env = {name: where for name in names}
        self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--timeout", "1s", env=env)
        self.assertEqual((proxy.count(), receiver.count()), (0, 0))


@unittest.skipUnless(os.path.exists("/usr/bin/openssl"), "needs openssl to make a certificate")
class Tls(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def tls_receiver(self):
        """A TLS listener with a certificate that nobody vouches for. Gives its port and what was said to it in the clear."""
        key, cert = self.path("key.pem"), self.path("cert.pem")
        subprocess.run(
            ["/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
             "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", cert],
            check=True, capture_output=True, timeout=30)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        heard = []

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.settimeout(5)
                        heard.append(secure.recv(65536))
                        secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK")
                except OSError:
                    pass

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1], heard

    def test_a_certificate_that_nobody_vouches_for_is_refused(self):
        port, heard = self.tls_receiver()
        self.db.insert(subid="abc", status="sale")
        url = f"https://localhost:{port}/{KEY}/postback"
        result = self.ko("drain", "--db", self.db_path, "--to", url, "--allow-private", "--timeout", "2s")
        self.assertEqual(result.code, 4, result)
        self.assertEqual([text for text in heard if text], [])
        self.assertRegex(self.db.row(1)["reason"].lower(), "certificate|tls|ssl")
        check = self.ko("check", "--db", self.db_path, "--to", url, "--allow-private")
        self.assertNotEqual(check.code, 0)
        self.assertRegex((check.out + check.err).lower(), "certificate|tls|ssl")
        self.assertNotIn(KEY, check.out + check.err)


if __name__ == "__main__":
    unittest.main()
