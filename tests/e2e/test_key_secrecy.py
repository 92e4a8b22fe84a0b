"""The postback key appears in no log, no output and no column, whatever goes wrong."""

import glob
import unittest

from harness import E2ETest, wait_until
from receiver import Reply, Receiver

KEY = "Zq7SecretKey9x"
SPELLINGS = (KEY, "Zq7%53ecretKey9x", "%5A%71%37")


class KeySecrecy(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()
        self.outputs = []

    def keep(self, result):
        self.outputs.append(result.out + result.err)
        return result

    def assert_secret(self):
        for child in self.children:
            self.outputs.append(child.output())
        text = "\n".join(self.outputs)
        self.assertNotEqual(text.strip(), "", "something was said at all")
        for spelling in SPELLINGS:
            for line in text.splitlines():
                self.assertNotIn(spelling.lower(), line.lower())
            dump = self.shell(".dump")
            self.assertEqual(dump.code, 0)
            self.assertNotIn(spelling.lower(), dump.out.lower())
            for path in glob.glob(self.db_path + "*"):
                with open(path, "rb") as file:
                    self.assertNotIn(spelling.encode(), file.read(), path)

    def echoing(self, code, headers=None):
        """A receiver that repeats the URL in its answer, as an error page may."""

        def answer(request):
            body = f"<p>You asked for {request.target} at {request.headers.get('host')}</p>".encode()
            extra = {name: value.format(target=request.target) for name, value in (headers or {}).items()}
            return Reply(code, body, extra)

        receiver = Receiver(answer, key=KEY)
        self.addCleanup(receiver.stop)
        return receiver

    def run_for(self, url, *flags, log_format="text"):
        """A worker at debug level until the row was tried twice or is done."""
        row = self.db.insert(subid=f"s{self.db.value('SELECT count(*) FROM outbox')}", status="sale")
        worker = self.worker("--log-format", log_format, "--retry-first-delay", "20ms", "--retry-max-delay", "40ms",
                             "--request-timeout", "500ms", *flags, env={"KEITARO_POSTBACK_URL": url})
        wait_until(lambda: self.db.state(row) != "pending" or self.db.row(row)["attempts"] >= 2 or not worker.running(),
                   what=lambda: f"the row is tried: {self.db.row(row)}")
        worker.terminate()
        self.db.execute("UPDATE outbox SET state = 'cancelled' WHERE state = 'pending'")
        return self.db.row(row)

    def test_answers_that_repeat_the_url(self):
        for code in (200, 302, 400, 403, 404, 429, 500, 503):
            for log_format in ("text", "json"):
                with self.subTest(code=code, log_format=log_format):
                    receiver = self.echoing(code, {"Location": "{target}", "Retry-After": "{target}"})
                    row = self.run_for(receiver.url, log_format=log_format)
                    self.assertGreater(receiver.count(), 0)
                    self.assertIn("You asked for", row["response"])
        self.assert_secret()

    def test_a_key_that_the_cut_at_300_characters_goes_through(self):
        for before in range(300 - len(KEY) - 1, 301, 3):
            receiver = Receiver(lambda request, n=before: Reply(503, b"." * n + KEY.encode() + b" and so on"), key=KEY)
            self.addCleanup(receiver.stop)
            row = self.db.insert(subid="abc", status="sale", tid=str(before))
            self.keep(self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--allow-private", "--max-attempts", "1"))
            self.assertNotIn(KEY[:3], self.db.row(row)["response"] or "")
            self.assertIn("....", self.db.row(row)["response"])
        self.assert_secret()

    def test_failures_of_the_connection(self):
        refused = Receiver(key=KEY)
        refused.stop()
        self.run_for(refused.url)
        for reply in (Reply(then="drop"), Reply(then="hang"), Reply(body=b"garbage\r\n\r\n", then="raw")):
            receiver = Receiver(lambda request, r=reply: r, key=KEY)
            self.addCleanup(receiver.stop)
            self.run_for(receiver.url)
            self.run_for(receiver.url.replace("http://", "https://"))
        self.assert_secret()

    def test_a_private_address(self):
        receiver = self.echoing(200)
        self.db.insert(subid="abc", status="sale")
        self.keep(self.ko("drain", "--db", self.db_path, "--to", receiver.url, "--timeout", "1s", "--log-level", "debug"))
        self.keep(self.ko("check", "--db", self.db_path, "--to", receiver.url))
        self.assert_secret()

    def test_every_verb(self):
        receiver = self.echoing(503)
        ids = [self.db.insert(subid="abc", status=status) for status in ("lead", "sale")]
        to = ("--to", receiver.url)
        db = ("--db", self.db_path)
        for json in ((), ("--json",)):
            self.keep(self.ko("drain", *db, *to, "--allow-private", "--timeout", "1s", "--log-level", "debug", *json))
            self.keep(self.ko("status", *db, *to, *json))
            self.keep(self.ko("list", *db, *json))
            self.keep(self.ko("show", "abc", *db, *json))
            self.keep(self.ko("check", *db, *to, "--allow-private", *json))
            preview = self.keep(self.ko("preview", str(ids[0]), *db, *to, *json))
            self.assertEqual(preview.code, 0, preview)
            self.assertIn("subid=abc", preview.out)
            self.assertIn("***", preview.out)
            self.keep(self.ko("retry", *db, "--state", "pending", *json))
            self.keep(self.ko("cancel", *db, "--id", str(ids[1]), *json))
        self.keep(self.ko("init", *db))
        self.assert_secret()

    def test_mistakes_in_the_configuration(self):
        self.db.insert(subid="abc", status="sale")
        for url in (f"http://127.0.0.1:9/{KEY}/postback#part", f"ftp://127.0.0.1/{KEY}/postback", f"http:///{KEY}/postback",
                    f"http://127.0.0.1:99999/{KEY}/postback", f"127.0.0.1/{KEY}/postback", f"http://127.0.0.1:9/{KEY} /postback",
                    f"http://127.0.0.1:9/{KEY}/postback?x=${{NO_SUCH}}", f"http://127.0.0.1:9/{KEY}"):
            for verb in ("drain", "check", "status"):
                extra = ("--timeout", "300ms") if verb == "drain" else ()
                self.keep(self.ko(verb, "--db", self.db_path, "--to", url, *extra))
                self.keep(self.ko(verb, "--db", self.db_path, *extra, env={"KEITARO_POSTBACK_URL": url}))
        for text in (f'[[tracker]]\nurl = "http://127.0.0.1:9/{KEY}/postback\n', f'[[tracker]]\nurl = http://127.0.0.1:9/{KEY}/postback\n',
                     f'[[tracker]]\nurl = "http://127.0.0.1:9/{KEY}/postback"\nurl = "x"\n', f'[[tracker]]\nulr = "http://h/{KEY}/postback"\n',
                     f'[[tracker]]\nname = "http://h/{KEY}/postback"\n', f'[[tracker]]\nconcurrency = "http://h/{KEY}/postback"\n',
                     f'url = "http://h/{KEY}/postback"\n', f'[[tracker]]\nurl = ["http://h/{KEY}/postback"]\n',
                     f'[[tracker]]\n"http://h/{KEY}/postback" = 1\n', f'"{KEY}/postback" "http://h/{KEY}/postback"\n'):
            config = self.write("bad.toml", text)
            result = self.keep(self.ko("check", "--db", self.db_path, "--config", config))
            self.assertEqual(result.code, 2, (text, result))
        self.assert_secret()

    def test_a_key_with_escapes_is_hidden_in_each_spelling(self):
        def answer(request):
            decoded = request.target.replace("%53", "S")
            return Reply(503, f"{request.target} or {decoded}".encode())

        receiver = Receiver(answer, key="Zq7%53ecretKey9x")
        self.addCleanup(receiver.stop)
        self.run_for(receiver.url)
        self.assertGreater(receiver.count(), 0)
        self.assert_secret()


if __name__ == "__main__":
    unittest.main()
