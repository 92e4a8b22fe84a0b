"""A tracker's URL as people copy it: what cannot be right is refused, what is odd is warned of before rows are lost to it."""

import json
import unittest

from harness import KEY, E2ETest
from receiver import Reply

URL = f"http://127.0.0.1:9/{KEY}/postback"


class PastedUrls(E2ETest):
    def setUp(self):
        super().setUp()
        self.init()

    def assert_refused(self, result, word):
        self.assertEqual(result.code, 2, result)
        self.assert_one_line(result.err)
        self.assertIn(word, result.err)
        self.assertNotIn(KEY, result.err)

    def test_parameters_of_rows_and_placeholders_are_refused_wherever_the_url_stands(self):
        self.insert_clicks(1)
        for query in ("subid=REPLACE&status=REPLACE&payout=REPLACE", "payout={payout}", "subid=x&payout=99", "a=b&amp;c=d", "a=b¤cy=USD"):
            url = f"{URL}?{query}"
            config = self.write("c.toml", f"[[tracker]]\nurl = '{url}'\n")
            with self.subTest(query=query):
                for verb in ("run", "drain", "check"):
                    self.assert_refused(self.ko(verb, "--db", self.db_path, "--to", url), "--to")
                self.assert_refused(self.ko("drain", "--db", self.db_path, env={"KEITARO_POSTBACK_URL": url}), "KEITARO_POSTBACK_URL")
                self.assert_refused(self.ko("drain", "--db", self.db_path, "--config", config), "c.toml:2: url")
        self.assertEqual(self.db.states(), {"pending": 1})

    def test_templates_with_what_a_web_page_or_another_language_makes_of_them_are_refused(self):
        for query in ("subid={{click}}&status=lead", "subid={click}&amp;status=lead", "subid={click}&status=lead¤cy={currency}",
                      "subid=REPLACE&status=lead"):
            with self.subTest(query=query):
                config = self.write("c.toml", f"[tracker.templates]\nlead = '{URL}?{query}'\n")
                self.assert_refused(self.ko("drain", "--db", self.db_path, "--config", config), "c.toml:2: templates: 'lead'")

    def test_a_path_that_is_no_postbacks_is_warned_of_and_its_answers_are_counted(self):
        receiver = self.receiver(lambda request: Reply(body=b"<html>welcome</html>"))
        base = f"http://127.0.0.1:{receiver.port}"
        self.insert_clicks(3)
        result = self.ko("drain", "--db", self.db_path, "--allow-private", "--to", base)
        self.assertEqual(result.code, 0, result)
        self.assertIn(" warn odd_url tracker=default", result.err)
        self.assertIn("does not end in /postback", result.err)
        self.assertIn("3 answers lacked the text asked for", result.out)
        self.insert_clicks(2, prefix="d")
        result = self.ko("drain", "--db", self.db_path, "--allow-private", "--to", base, "--json")
        self.assertEqual(json.loads(result.out)["delivered_without_sentinel"], 2)

        checked = self.ko("check", "--db", self.db_path, "--allow-private", "--to", base)
        self.assertEqual(checked.code, 1, checked)
        self.assertRegex(checked.out, r"(?i)fail[^\n]*sentinel[^\n]*does not end in /postback")
        checked = self.ko("check", "--db", self.db_path, "--allow-private", "--to", receiver.url)
        self.assertNotRegex(checked.out, r"(?i)fail[^\n]*sentinel")

    def test_a_right_url_is_warned_of_by_nothing(self):
        sim = self.sim()
        self.insert_clicks(1)
        result = self.ko("drain", "--db", self.db_path, "--allow-private", "--to", sim.url)
        self.assertNotIn("odd_url", result.err)
        self.assertNotIn("lacked", result.out)


if __name__ == "__main__":
    unittest.main()
