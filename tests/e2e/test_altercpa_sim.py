"""tools/altercpa-sim: templates as AlterCPA TOP has them, each event called once, and counts that can be relied on."""

import collections
import json
import re
import unittest
import urllib.parse

import altercpa
from harness import E2ETest
from receiver import Reply

ALL_EVENTS = ["wait", "hold", "approve", "cancel", "trash"]


class AlterCpaSim(E2ETest):
    def templates(self, text):
        return self.write("top.txt", text)

    def story(self, templates, lines, *flags):
        """The answers, a line each, and the exit code."""
        result = altercpa.play("--templates", templates, "--story", "-", *flags, stdin=lines)
        self.assertEqual(result.err, "")
        return result.out.splitlines(), result.code

    def test_each_event_is_called_once_whatever_the_answer(self):
        answers = [Reply(200), Reply(503), Reply(404), Reply(then="drop"), Reply(302, headers={"Location": "/again"})]
        receiver = self.receiver(lambda request: answers[request.number % len(answers)])
        log = self.path("events.jsonl")
        result = altercpa.play("--url", receiver.url + "?c={click}&s={status}&t={time}", "--people", 60, "--rate", 0, "--log", log, "--json")
        counts = json.loads(result.out)
        called = altercpa.events(log)
        self.assertEqual(result.code, 1)
        self.assertEqual(len(receiver.requests), counts["called"])
        self.assertEqual(len(called), counts["called"])
        self.assertGreater(counts["called"], 100)
        received = collections.Counter(request.target.partition("?")[2] for request in receiver.requests)
        self.assertEqual(max(received.values()), 1)
        by_code = collections.Counter(str(line["code"] or "none") for line in called)
        self.assertEqual(counts["answers"], dict(sorted(by_code.items())))
        self.assertEqual(set(by_code), {"200", "302", "404", "503", "none"})
        self.assertEqual(counts["taken"], by_code["200"])

    def test_people_do_what_people_do_in_order(self):
        receiver = self.receiver()
        log = self.path("events.jsonl")
        result = altercpa.play("--url", receiver.url + "?c={click}&s={status}&t={time}", "--people", 200, "--rate", 0, "--log", log)
        self.assertEqual(result.code, 0, result)
        stories = altercpa.by_click(altercpa.events(log))
        self.assertEqual(len(stories), 200)
        for story in stories.values():
            self.assertRegex("-".join(story), r"^wait(-hold)?(-approve(-cancel-approve)*(-cancel|-trash)?)?$")
        self.assertEqual({event for story in stories.values() for event in story}, set(ALL_EVENTS))
        self.assertTrue(any(story.count("approve") > 1 for story in stories.values()), "nobody came back")
        received = collections.defaultdict(list)
        for request in receiver.requests:
            received[request.params["c"]].append((int(request.params["t"]), request.params["s"]))
        for click, story in stories.items():
            self.assertEqual([status for _, status in received[click]], story)
            times = [time for time, _ in received[click]]
            self.assertEqual(times, sorted(set(times)))
        self.assertRegex(result.out, r"(?m)^in all +\d+ +\d+ +0 +0$")

    def test_the_same_seed_makes_the_same_people(self):
        receiver = self.receiver()
        seen = []
        for seed in ("7", "7", "8"):
            log = self.path(f"{len(seen)}.jsonl")
            altercpa.play("--url", receiver.url, "--people", 30, "--rate", 0, "--seed", seed, "--log", log)
            seen.append(altercpa.by_click(altercpa.events(log)))
        self.assertEqual(seen[0], seen[1])
        self.assertNotEqual(seen[0], seen[2])

    def test_a_campaign_uses_its_own_templates_or_those_of_the_profile_never_both(self):
        receiver = self.receiver()
        base = receiver.url
        templates = self.templates(
            f"# The profile's five.\nwait {base}?from=profile&s={{status}}\napprove = {base}?from=profile&s={{status}}\n"
            f"[SUMMER]\napprove: {base}?from=summer&s={{status}}\nwait\t\n[EMPTY]\nwait =\n")
        lines, code = self.story(templates, "a wait\na approve\nb wait SUMMER\nb approve SUMMER\nc wait EMPTY\nd trash OTHER\n", "--campaign", "OTHER")
        self.assertEqual((lines, code), (["200 OK", "200 OK", "not called", "200 OK", "200 OK", "not called"], 0))
        self.assertEqual([(request.params["from"], request.params["s"]) for request in receiver.requests],
                         [("profile", "wait"), ("profile", "approve"), ("summer", "approve"), ("profile", "wait")])

    def test_macros_are_filled_in_and_encoded_and_unknown_ones_stay(self):
        receiver = self.receiver()
        names = "click status campaign user lead subscriber username chat time payout".split()
        templates = self.templates("approve " + receiver.url + "?" + "&".join(f"{name}={{{name}}}" for name in names) + "&é=ü")
        self.story(templates, "{click}&x=1 approve A/B 1777626600\n")
        (request,) = receiver.requests
        params = dict(urllib.parse.parse_qsl(request.target.partition("?")[2], keep_blank_values=True))
        self.assertEqual(list(params), [*names, "é"])
        self.assertEqual((params["click"], params["status"], params["campaign"], params["time"]), ("{click}&x=1", "approve", "A/B", "1777626600"))
        self.assertEqual(params["payout"], "{payout}")
        self.assertRegex(params["chat"], r"^-100\d+$")
        self.assertEqual(params["lead"], "1")

    def test_a_story_tells_each_answer(self):
        answers = iter([Reply(200), Reply(422, b"subid is required\n"), Reply(then="drop")])
        receiver = self.receiver(lambda _request: next(answers))
        templates = self.templates(f"wait {receiver.url}?s={{click}}")
        lines, code = self.story(templates, "a wait\n\nb wait\nc wait\n")
        self.assertEqual((lines[:2], code), (["200 OK", "422 subid is required"], 1))
        self.assertRegex(lines[2], "^no answer: .+")

    def test_the_key_is_in_no_log(self):
        receiver = self.receiver()
        log = self.path("events.jsonl")
        url = re.sub(r"/[^/]*/postback$", "/s3cretKey/postback?c={click}", receiver.url)
        altercpa.play("--url", url, "--people", 3, "--rate", 0, "--log", log)
        with open(log, encoding="utf-8") as file:
            text = file.read()
        self.assertIn("/***/postback?c=", text)
        self.assertNotIn("s3cretKey", text)

    def test_it_calls_this_machine_only_and_says_so(self):
        result = altercpa.play("--url", "https://tracker.example/KEY/postback")
        self.assertEqual((result.code, result.out), (2, ""))
        self.assertEqual(result.err, "altercpa-sim: tracker.example is not this machine: the people are invented; --any-host calls it all the same\n")

    def test_a_mistake_is_told_in_one_line(self):
        receiver = self.receiver()
        for text, told in (("joined http://127.0.0.1/\n", "line 1 is none of"), ("", "has no URL"), ("wait ftp://127.0.0.1/x\n", "is no http or https URL"), ("wait http://127.0.0.1:99999/x\n", "is no http or https URL")):
            with self.subTest(text):
                result = altercpa.play("--templates", self.templates(text))
                self.assertEqual(result.code, 2)
                self.assert_one_line(result.err)
                self.assertIn(told, result.err)
        for line in ("a joined\n", "a\n", "a wait C noon\n", "a wait C 1 2\n"):
            with self.subTest(line):
                result = altercpa.play("--url", receiver.url, "--story", "-", stdin=line)
                self.assertEqual(result.code, 2)
                self.assert_one_line(result.err)
                self.assertIn("line 1 of the story is not CLICK EVENT [CAMPAIGN [TIME]]", result.err)
        self.assertEqual(len(receiver.requests), 0)


if __name__ == "__main__":
    unittest.main()
