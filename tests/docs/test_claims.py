"""What the pages say of flags, keys, rules, events and files is so, and nothing is missing."""

import glob
import os
import re
import sys
import unittest

import pages
from harness import BUILD_DIR, COMMAND, SIM, SOURCE_DIR, E2ETest, run_command

CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")
BENCH = os.path.join(BUILD_DIR, "bin", "keitaro-bench")
SOAK = [sys.executable, os.path.join(SOURCE_DIR, "tools", "soak")]
ALTERCPA_SIM = [sys.executable, os.path.join(SOURCE_DIR, "tools", "altercpa-sim")]
CHECK_WRITER = [sys.executable, os.path.join(SOURCE_DIR, "tools", "check-writer")]


def source(*parts):
    with open(os.path.join(SOURCE_DIR, *parts), encoding="utf-8") as file:
        return file.read()


def help_of(*command):
    return run_command([*command, "--help"]).out


def flags_of(help_text):
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", help_text, re.MULTILINE))


def outline(report):
    """Without its figures, which differ from run to run."""
    return [re.sub(r"[\d.,]+( min)?( s\b| MiB)?( early, [\d.,]+( MiB)? late)?( \d+ s)?|too short to say", "…", line) for line in report.splitlines()]


def is_in_a_suite(name):
    """Whether SUITE.TESTS are in the sources of that suite, which may not have been built."""
    suite, _, tests = name.partition(".")
    files = glob.glob(os.path.join(SOURCE_DIR, "tests", suite, "*.cpp"))
    found = re.compile(rf"^(TEST|TEST_F|TEST_P)\({re.escape(tests)},", re.MULTILINE)
    return any(found.search(source(os.path.relpath(file, SOURCE_DIR))) for file in files)


class Claims(E2ETest):
    def setUp(self):
        super().setUp()
        self.page = pages.all_text()

    def assert_all_on_the_page(self, names, at_least, text=None):
        self.assertGreaterEqual(len(names), at_least)
        self.assertEqual([name for name in sorted(names) if name not in (text or self.page)], [])

    def test_every_command_is_in_the_table_of_commands(self):
        verbs = re.findall(r"^  (\w+)  +\w", help_of(COMMAND).split("Commands:")[1], re.MULTILINE)
        self.assert_all_on_the_page([f"`{verb}" for verb in verbs], 11)

    def test_every_flag_of_run_and_drain_is_on_the_page(self):
        self.assert_all_on_the_page(flags_of(help_of(COMMAND, "run")) | flags_of(help_of(COMMAND, "drain")), 16)

    def test_every_flag_of_keitaro_sim_is_in_its_tables(self):
        self.assert_all_on_the_page({f"| `{flag}" for flag in flags_of(help_of(SIM)) - {"--help"}}, 40, pages.text(pages.SIM))

    def test_every_flag_of_altercpa_sim_is_in_its_table_with_its_default(self):
        page, told = pages.text(pages.ALTERCPA_SIM), " ".join(help_of(*ALTERCPA_SIM).split())
        self.assert_all_on_the_page({f"| `{flag}" for flag in flags_of(help_of(*ALTERCPA_SIM)) - {"--help"}}, 12, page)
        defaults = re.findall(r"^\| `(--[\w-]+) [^`]*` \| `([^`]+)` \|", page, re.MULTILINE)
        self.assertGreaterEqual(len(defaults), 6)
        for flag, default in defaults:
            with self.subTest(flag):
                self.assertRegex(told, rf"{flag} [^()]*\({default}\)")

    def test_the_table_of_goals_is_that_of_keitaro_bench(self):
        told = run_command([BENCH, "--goals", "--short", "--cases", "disk", "--dir", self.path("")]).out
        goals = re.findall(r"^(\| .+? \| .+? \|) ", told, re.MULTILINE)
        self.assertGreater(len(goals), 12)
        shown = self.page.split("<!-- goals: begin")[1].split("<!-- goals: end -->")[0]
        self.assertEqual(re.findall(r"^(\| .+? \| .+? \|) ", shown, re.MULTILINE), goals)

    def test_every_test_that_is_named_exists(self):
        places = {"e2e": "tests/e2e/test_{}.py", "fuzz": "tests/fuzz/targets/{}.cpp"}
        named = re.findall(r"`(e2e|fuzz|core|store|http|cli|config)\.(\w+)`", pages.text("docs/security.md"))
        self.assertGreaterEqual(len(named), 15)
        for kind, name in named:
            with self.subTest(f"{kind}.{name}"):
                if kind in places:
                    self.assertTrue(os.path.exists(os.path.join(SOURCE_DIR, places[kind].format(name))))
                    continue
                files = glob.glob(os.path.join(SOURCE_DIR, "tests", kind, "*_test.cpp"))
                suite = re.compile(r"^(TEST|TEST_F|TEST_P|class) ?\(?" + name + r"\b", re.MULTILINE)
                self.assertTrue(any(suite.search(source(file)) for file in files))

    def test_no_flag_is_made_up(self):
        helps = "".join(help_of(COMMAND, verb) for verb in ("run", "drain", "add", "import", "export", "status", "list", "show", "explain", "retry", "prune", "check", "verify", "intake", "page", "rejects", "move"))
        helps += help_of(COMMAND, "link", "build") + help_of(COMMAND, "link", "parse")
        known = flags_of(helps) | flags_of(help_of(SIM)) | flags_of(help_of(*SOAK)) | flags_of(help_of(*CHECK_WRITER)) | flags_of(help_of(*ALTERCPA_SIM)) | flags_of(help_of(BENCH)) | {"--keep", "--postgresql", "--preset", "--build", "--install", "--prefix", "--target", "--to-build", "--now", "--user", "--cflags", "--libs", "--version", "--quick"}
        self.assertEqual(set(re.findall(r"(?<![\w-])--[a-z][\w-]*", self.page)) - known, set())

    def test_every_command_that_is_named_in_the_text_exists_with_its_flags(self):
        verbs = set(re.findall(r"^  (\w+)  +\w", help_of(COMMAND).split("Commands:")[1], re.MULTILINE))
        named = sorted(set(re.findall(r"`keitaro-outbox (\w[^`\n]*)`", self.page)))
        self.assertGreater(len(named), 20)
        for words in named:
            with self.subTest(words):
                verb = re.match(r"link \w+|\w+", words).group()
                self.assertIn(verb.split()[0], verbs)
                self.assertLessEqual(set(re.findall(r"--[a-z][\w-]*", words)), flags_of(help_of(COMMAND, *verb.split())))

    def test_symptoms_are_told_in_the_programs_words(self):
        """Up to the first number, which differs from case to case."""
        sources = glob.glob(os.path.join(SOURCE_DIR, "src", "**", "*.?pp"), recursive=True)
        said = re.sub(r'"\s*\n\s*"', "", "".join(map(source, sources))) + source("schema", "outbox.sql")
        of_sqlite = {"database is locked", "no such table: outbox", "attempt to write a readonly database", "unsafe use of json_valid()"}
        first_cells = re.findall(r"^\| ([^|]+) \|", pages.text("docs/troubleshooting.md"), re.MULTILINE)
        symptoms = {text for cell in first_cells for text in re.findall(r"`([^`]+)`", cell)} - of_sqlite
        self.assertGreater(len(symptoms), 20)
        for symptom in symptoms:
            with self.subTest(symptom):
                words = re.match(r"\D*", symptom).group().rpartition(": ")[2].strip()
                self.assertIn(words, said)

    def test_defaults_are_those_of_the_help(self):
        defaults = dict(re.findall(r"^  (--[\w-]+) [A-Z]+ .*\((\w+)\)$", help_of(COMMAND, "run"), re.MULTILINE))
        self.assertGreaterEqual(len(defaults), 10)
        told = dict(re.findall(r"^\| `\w+` \| `(--[\w-]+)` \| `(\w+)` \|", self.page, re.MULTILINE))
        del told["--allow-private"]  # A flag without a value.
        self.assertEqual(told, defaults)

    def test_defaults_of_keitaro_sim_are_those_of_its_help(self):
        lines = " ".join(help_of(SIM).split())
        for flag, default in re.findall(r"^\| `(--[\w-]+) [^`]*` \| `([^`]*)` \|", pages.text(pages.SIM), re.MULTILINE):
            if default == "0":
                continue  # A share of nothing, which the help leaves unsaid.
            with self.subTest(flag):
                shown = re.search(rf"{flag} [^ ]*?(?:={re.escape(default)} |.*?\(default {re.escape(default)}\))", lines)
                self.assertTrue(shown or default == "0s" and flag.startswith("--latency"), default)

    def test_first_values_of_the_switches_are_their_defaults(self):
        lines = " ".join(help_of(SIM).split())
        switches = re.findall(r"^\| `(--[\w-]+) (\w[\w-]*)\\\|", pages.text(pages.SIM), re.MULTILINE)
        self.assertGreaterEqual(len(switches), 15)
        for flag, first in switches:
            with self.subTest(flag):
                self.assertRegex(lines, rf"{flag} [^ ]+(={first} | [^(]*(\([^d][^)]*\) [^(]*)?\(default {first}\))")

    def test_every_key_of_the_configuration_is_on_the_page(self):
        keys = re.findall(r'^    \{"(\w+)",', source("src", "config", "config_file.cpp") + source("src", "config", "config_intake.cpp"), re.MULTILINE)
        self.assert_all_on_the_page({f"| `{key}` |" for key in keys} - {"| `tracker` |", "| `source` |"}, 17)

    def test_the_configuration_example_is_taken_and_holds_every_key(self):
        example = pages.only_block("docs/configuration.md", "toml", "log_level")
        for key in re.findall(r'^    \{"(\w+)",', source("src", "config", "config_file.cpp") + source("src", "config", "config_intake.cpp"), re.MULTILINE):
            self.assertIn(key, example)
        self.init()
        config = self.write("outbox.toml", example)
        result = self.ko("check", "--offline", "--db", self.db_path, "--config", config, env={
            "KEITARO_ADMIN_KEY": "adm1n", "KEITARO_KEY": "k3y", "BEAT_KEY": "b3at", "PAGE_PASSWORD": "p4ssw0rd", "ALTERCPA_KEY": "a" * 32, "NETWORK_KEY": "n" * 32, "NETWORK_SECRET": "s3cret"})
        self.assertEqual((result.code, result.err), (0, ""), result.out)

    def test_a_reload_notices_every_key_of_the_configuration(self):
        compared = set(re.findall(r'^    \{"(\w+)",', source("src", "config", "config_changes.cpp"), re.MULTILINE))
        keys = set(re.findall(r'^    \{"(\w+)",', source("src", "config", "config_file.cpp"), re.MULTILINE))
        self.assertEqual(keys - compared, {"tracker", "source", "name", "log_level"})

    def test_every_rule_of_the_table_is_on_the_page_and_no_other(self):
        outbox = source("schema", "outbox.sql").split(") STRICT")[0]
        rules = set(re.findall(r"CONSTRAINT (\w+)", outbox))
        self.assert_all_on_the_page({f"`{rule}`" for rule in rules}, 14)
        self.assertEqual(set(re.findall(r"`(\w+_must_\w+)`", self.page)) - rules, set())

    def test_every_event_of_the_log_is_on_the_page(self):
        text = source("src", "log", "log_observer.cpp") + source("src", "app", "deliver.cpp") + source("src", "app", "reload_thread.cpp") + source("src", "app", "readback", "read_back_service.cpp")
        events = set(re.findall(r'(?:LogLevel::\w+|"), "(\w+)"', text)) | {"delivered", "retry", "breaker"}
        self.assert_all_on_the_page({f"`{event}`" for event in events}, 24)

    def test_every_promise_and_every_non_promise_names_its_tests(self):
        promises = pages.text("docs/guarantees.md")
        bullets = [title.rstrip(".") for title in re.findall(r"^- \*(.+?)\*", promises, re.MULTILINE)]
        rows = re.findall(r"^\| ([^|]+) \| (`[^|]+`) \|$", pages.section("docs/guarantees.md", "How each is tested"), re.MULTILINE)
        self.assertGreaterEqual(len(bullets), 15)
        self.assertEqual([title for title, _ in rows], bullets)
        listed = run_command([os.path.join(os.path.dirname(CMAKE), "ctest"), "-N", "--test-dir", BUILD_DIR]).out
        tests = set(re.findall(r"Test +#\d+: (\S+)", listed))
        self.assertGreater(len(tests), 100)
        for title, names in rows:
            for name in re.findall(r"`([^`]+)`", names):
                with self.subTest(title, test=name):
                    known = any(test == name or test.startswith(name + ".") for test in tests)
                    self.assertTrue(known or is_in_a_suite(name), "there is no such test")

    def test_the_soak_runs_as_the_page_says_and_reports_as_it_shows(self):
        (block,) = [block for block in pages.blocks("docs/internals.md") if block.text.startswith("tools/soak")]
        program, *arguments = block.text.split()
        arguments[arguments.index("--minutes") + 1] = "0.05"
        result = run_command([sys.executable, os.path.join(SOURCE_DIR, program), *arguments], timeout=200,
                             env={"KEITARO_OUTBOX_BIN": COMMAND, "TMPDIR": self.folder})
        self.assertEqual((result.code, result.err), (0, ""), result.out)
        self.assertEqual(outline(result.out), outline(block.shown))
        self.assertEqual(os.listdir(self.folder), [], "it left something behind")

    def test_the_demos_table_is_what_it_prints(self):
        result = run_command(
            [os.path.join(SOURCE_DIR, "tools", "demo")],
            env={"KEITARO_OUTBOX_BIN": COMMAND, "KEITARO_SIM_BIN": SIM, "TMPDIR": self.folder}, timeout=300)
        self.assertEqual(result.code, 0, result)
        self.assertIn(pages.only_block(pages.README, "demo"), result.out)
        self.assertLessEqual(max(len(line) for line in result.out.splitlines()), 80)
        self.assertEqual(os.listdir(self.folder), [], "it left something behind")

    def test_the_units_for_systemd_use_flags_that_exist(self):
        for unit in ("keitaro-outbox.service", "keitaro-outbox@.service"):
            commands = re.findall(r"^ExecStart\w*=\S+/keitaro-outbox (\w+)(.*)$", source("tools", "package", "systemd", unit + ".in"), re.MULTILINE)
            self.assertIn("run", [verb for verb, _ in commands])
            for verb, rest in commands:
                self.assertLessEqual(set(re.findall(r"--[\w-]+", rest)), flags_of(help_of(COMMAND, verb)))


if __name__ == "__main__":
    unittest.main()
