"""The deep links of Python and PHP are those of the C++ function, which `keitaro-outbox link` shows, for good texts and bad ones."""

import json
import unittest

import toolchains
from harness import E2ETest, run_command

LONGEST = "C" * 62

BUILD = [
    ("YourBot", "SUMMER"), ("@your_bot7", "s_1"), ("YourBot", "SUM-MER"), ("YourBot", "SUMMER", "37o23c7.1f.381o"), ("YourBot", "SUMMER", "-."),
    ("YourBot", LONGEST), ("YourBot", LONGEST, "x"), ("YourBot", LONGEST, "xy"), ("YourBot", LONGEST + "C"), ("YourBot", "C" * 70), ("YourBot", "C" * 43, "x" * 20), ("YourBot", "C" * 43, "x" * 21),
    ("YourBot", "a.b"), ("YourBot", "a b"), ("YourBot", "a\n"), ("YourBot", "Лето"), ("YourBot", "S", "Лето"), ("YourBot", "SUMMER", "a{b"), ("YourBot", "SUMMER", "{subid}"), ("YourBot", "SUMMER", "a%20b"),
    ("YourBot", "SUMMER", "abc\n"), ("YourBot", "SUMMER", " abc"), ("YourBot\n", "SUMMER"), ("@", "SUMMER"), ("@@a", "SUMMER"), ("t.me/YourBot", "SUMMER"), ("Your-Bot", "SUMMER"), ("Bот", "SUMMER"),
]
PARSE = [
    ("SUMMER-abc",), (" SUMMER-abc\n",), ("\v\fSUMMER-abc\r\t",), ("\u00a0SUMMER-abc",), ("/start SUMMER-abc",), ("/start@YourBot SUMMER-abc",), ("/start@YourBot",), ("/start   SUMMER-abc  ",), ("/startSUMMER-abc",),
    ("https://t.me/YourBot?start=SUMMER-abc",), ("t.me/YourBot?start=SUMMER-abc",), ("http://telegram.me/YourBot/?x=1&start=SUMMER-abc&y=2#z",), ("tg://resolve?domain=YourBot&start=SUMMER-abc",),
    ("https://t.me/YourBot?start=SUMMER%2Dabc",), ("https://t.me/YourBot?start=SUMMER%2dabc%",), ("https://t.me/YourBot?start=a+b-c",), ("https://t.me/YourBot?start=SUMMER-%D0%9B",), ("https://t.me/YourBot?start=%FF-a",),
    ("https://t.me/YourBot?start=A-b&start=C-d",), ("https://t.me/a?b?start=A-b",), ("https://t.me/YourBot#?start=A-b",), ("?start=A-b",), ("a/b",), ("A-b?",),
    ("SUMMER-37o23c7-1f-381o",), ("SUM-MER-37o",), ("SUM-MER-37o", "SUM-MER"), ("a--b",), (LONGEST + "-x",), (LONGEST + "-xy",), ("x" * 32 + "-" + "y" * 32,), ("é" * 31 + "-a",),
    ("SUMMER-37o", "SUM"), ("SUMMER-37o", "WINTER"), ("SUMMER-37o", "summer"), ("SUM-", "SUM"), ("SUM", "SUM"), ("SUMMER",), ("-abc",), ("SUMMER-",), ("-",), ("/start",), ("/start ",), ("https://t.me/YourBot?start=",),
    ("https://t.me/YourBot",), ("https://t.me/YourBot?startapp=SUMMER-abc",), ("https://t.me/YourBot?start=SUMMER-{subid}",), ("SUMMER-{subid}",), ("SUMMER-%7Bsubid%7D",), ("SUMMER-37o.1f",), ("SUMMER-a b",), ("SUMMER-a\nb",),
]


# Each reads {"build": […], "parse": […]} from stdin and answers with the same, null for an error.
PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
import deep_link
def answer(function, case):
    try:
        link = function(*case)
    except ValueError:
        return None
    return link if isinstance(link, str) else list(link)
cases = json.load(sys.stdin)
print(json.dumps({verb: [answer(getattr(deep_link, verb), case) for case in cases[verb]] for verb in cases}))
"""
PHP = """
require $argv[1] . '/deep_link.php';
$answer = function (string $verb, array $case): mixed {
    try {
        return DeepLink::$verb(...$case);
    } catch (InvalidArgumentException) {
        return null;
    }
};
$cases = json_decode(stream_get_contents(STDIN), true);
foreach ($cases as $verb => $of_verb) {
    $cases[$verb] = array_map(fn (array $case): mixed => $answer($verb, $case), $of_verb);
}
echo json_encode($cases);
"""


class DeepLinks(E2ETest):
    def by_command(self, verb, case):
        if verb == "build":
            bot, campaign, *click = case
            arguments = ["build", "--bot", bot, "--campaign", campaign, *(word for value in click for word in ("--click", value))]
        else:
            text, *campaign = case
            arguments = ["parse", text, *(word for value in campaign for word in ("--campaign", value))]
        result = self.ko("link", *arguments, "--json")
        self.assertIn(result.code, (0, 2), result)
        if result.code:
            return None
        said = json.loads(result.out)
        return said["link"] if verb == "build" else [said["campaign"], said["click"]]

    def test_python_and_php_build_and_read_links_as_the_library_does(self):
        cases = {"build": BUILD, "parse": PARSE}
        expected = {verb: [self.by_command(verb, case) for case in cases[verb]] for verb in cases}
        refused = sum(answer is None for answers in expected.values() for answer in answers)
        self.assertGreater(min(refused, len(BUILD) + len(PARSE) - refused), 25, "of both kinds")
        php, *_ = toolchains.php()
        for language, program in (("python", [toolchains.PYTHON, "-W", "error", "-c", PYTHON]), ("php", [php, "-d", "error_reporting=-1", "-r", PHP, "--"])):
            result = run_command([*program, f"{toolchains.EXAMPLES}/{language}"], stdin=json.dumps(cases))
            self.assertEqual((result.code, result.err), (0, ""))
            answers = json.loads(result.out)
            for verb, of_verb in cases.items():
                for case, answer, right in zip(of_verb, answers[verb], expected[verb], strict=True):
                    with self.subTest(language, verb=verb, case=case):
                        self.assertEqual(answer, right)

    def test_both_are_programs_too(self):
        for program in ([toolchains.PYTHON, toolchains.EXAMPLES + "/python/deep_link.py"], [toolchains.php()[0], toolchains.EXAMPLES + "/php/deep_link.php"]):
            with self.subTest(program):
                self.assertEqual(run_command([*program, "build", "YourBot", "SUMMER"])[:2], (0, "https://t.me/YourBot?start=SUMMER-{subid}\n"))
                self.assertEqual(run_command([*program, "parse", "/start SUMMER-37o23c7-1f"])[:2], (0, "SUMMER\n37o23c7-1f\n"))
                self.assertEqual(run_command([*program, "parse", "SUMMER-{subid}"])[:2], (1, ""))
                self.assertEqual(run_command([*program, "parse"])[:2], (2, ""))


if __name__ == "__main__":
    unittest.main()
