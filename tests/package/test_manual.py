"""The manual pages tell all that the programs take, and are well made."""

import glob
import os
import re
import unittest

from generated import GENERATED, PROGRAMS, flags_in_help, page_source, verbs_in_help
from harness import COMMAND, SOURCE_DIR, E2ETest, run_command

PAGES = ("keitaro-outbox.1", "keitaro-sim.1", "keitaro-outbox.toml.5")
# Told once for all commands.
COMMON = {"--help", "--db", "--config", "--json"}


def plain(roff):
    """The words of a page's source, without fonts and escapes."""
    text = re.sub(r"\\f[BIR]", "", roff).replace("\\-", "-").replace("\\(aq", "'").replace("\\(dq", '"').replace("\\~", " ")
    return text.replace("\\e", "\\").replace("\\&", "")


def source(*parts):
    with open(os.path.join(SOURCE_DIR, *parts), encoding="utf-8") as file:
        return file.read()


class Manual(E2ETest):
    def section(self, page, heading):
        """From one heading to the next of its kind."""
        kind = heading[:3]
        found = re.search(rf"^{re.escape(heading)}$(.*?)(?=^\.S[HS] |\Z)" if kind == ".SS" else rf"^{re.escape(heading)}$(.*?)(?=^\.SH |\Z)",
                          page, re.MULTILINE | re.DOTALL)
        self.assertTrue(found, f"there is no {heading}")
        return found.group(1)

    def test_every_command_and_every_flag_is_told(self):
        page = plain(page_source("keitaro-outbox.1"))
        common = self.section(page, ".SH OPTIONS")
        for flag in COMMON | {"--version"}:
            self.assertIn(flag, common)
        names = verbs_in_help(COMMAND)
        self.assertGreaterEqual(len(names), 20)
        for name in names:
            heading = re.search(rf'^\.SS "{name}\b.*"$', page, re.MULTILINE)
            with self.subTest(name):
                told = self.section(page, heading.group())
                self.assertLessEqual(flags_in_help(COMMAND, name) - COMMON, set(re.findall(r"^(--[\w-]+)", told, re.MULTILINE)))
        sim = plain(page_source("keitaro-sim.1"))
        self.assertLessEqual(flags_in_help(PROGRAMS["keitaro-sim"]) - COMMON, set(re.findall(r"^(--[\w-]+)", sim, re.MULTILINE)))

    def test_every_exit_code_is_told(self):
        codes = re.findall(r"k\w+ = (\d+)", source("src", "cli", "exit_code.hpp"))
        self.assertGreaterEqual(len(codes), 5)
        told = self.section(page_source("keitaro-outbox.1"), ".SH EXIT STATUS")
        self.assertEqual(re.findall(r"^\.B (\d)$", told, re.MULTILINE), codes)

    def test_every_variable_of_the_environment_is_told(self):
        files = [name for pattern in ("*.hpp", "*.cpp") for name in glob.glob(os.path.join(SOURCE_DIR, "src", "**", pattern), recursive=True)]
        text = "".join(source(name) for name in files)
        asked = set(re.findall(r'environment\("(\w+)"\)', text)) - {"TERM"}
        self.assertGreaterEqual(len(asked), 5)
        told = self.section(page_source("keitaro-outbox.1"), ".SH ENVIRONMENT")
        self.assertEqual([name for name in sorted(asked) if name not in told], [])

    def test_every_state_is_told(self):
        rule = re.search(r"CONSTRAINT state_is_not_\w+(.*?\)),?$", source("schema", "outbox.sql"), re.MULTILINE | re.DOTALL).group(1)
        states = set(re.findall(r"state = '(\w+)'", rule))
        self.assertGreaterEqual(len(states), 6)
        told = self.section(page_source("keitaro-outbox.1"), ".SH STATES OF A ROW")
        self.assertEqual(set(re.findall(r"^\.TP\n\.B (\w+)$", told, re.MULTILINE)), states)

    def test_every_key_of_the_configuration_is_told_with_its_default(self):
        page = plain(page_source("keitaro-outbox.toml.5"))
        entries = dict(re.findall(r"^\.TP\n\.B (\w+)\n(.*?)(?=^\.TP|^\.SH)", page, re.MULTILINE | re.DOTALL))
        files = source("src", "config", "config_file.cpp") + source("src", "config", "config_intake.cpp")
        keys = set(re.findall(r'^    \{"(\w+)",', files, re.MULTILINE))
        self.assertGreaterEqual(len(keys), 30)
        self.assertEqual(set(entries), keys)
        defaults = re.findall(r"^  --([\w-]+) [A-Z]+ .*\((\d\w*)\)$", run_command([COMMAND, "run", "--help"]).out, re.MULTILINE)
        self.assertGreaterEqual(len(defaults), 8)
        for flag, default in defaults:
            with self.subTest(flag):
                self.assertRegex(entries[flag.replace("-", "_")], rf"[Dd]efault {default}\b|{default}, the default")

    def test_the_example_of_a_configuration_is_taken(self):
        example = self.section(page_source("keitaro-outbox.toml.5"), ".SH EXAMPLE")
        self.init()
        config = self.write("outbox.toml", plain(example).replace("\n.EX\n", "").replace("\n.EE\n", "\n"))
        keys = {"KEITARO_KEY": "k3y", "PARTNER_KEY": "p4rtner"}
        done = self.ko("check", "--offline", "--db", self.db_path, "--config", config, env=keys)
        self.assertEqual((done.code, done.err), (0, ""), done.out)

    def test_the_installed_configuration_is_taken_once_it_has_a_key(self):
        self.init()
        config = os.path.join(SOURCE_DIR, "tools", "package", "config", "outbox.toml")
        without = self.ko("check", "--offline", "--db", self.db_path, "--config", config, env={"KEITARO_KEY": ""})
        self.assertEqual(without.code, 2)
        self.assertRegex(without.err, "KEITARO_KEY is set to nothing: give it a value")
        done = self.ko("check", "--offline", "--db", self.db_path, "--config", config, env={"KEITARO_KEY": "k3y"})
        self.assertEqual((done.code, done.err), (0, ""), done.out)

    def test_the_pages_are_of_this_version(self):
        version = run_command([COMMAND, "--version"]).out.strip()
        for page in PAGES:
            self.assertRegex(page_source(page), rf'^\.TH \S+ \d "\d{{4}}-\d\d-\d\d" "{version}"\n')

    def test_the_pages_are_well_made(self):
        for page in PAGES:
            with self.subTest(page):
                path = self.write(page, page_source(page))
                shown = run_command(["man", "--warnings", "-l", path], env={"LC_ALL": "C.UTF-8", "MANWIDTH": "80", "PAGER": "cat", "MANPAGER": "cat"})
                self.assertEqual((shown.code, shown.err), (0, ""))
                self.assertGreater(len(shown.out.splitlines()), 50)
                lint = run_command(["mandoc", "-T", "lint", "-W", "warning", path])
                self.assertEqual(lint.out + lint.err, "")

    def test_no_mark_of_a_template_is_left(self):
        for folder, _, names in os.walk(GENERATED):
            for name in (name for name in names if not name.endswith(".png")):
                text = page_source(name[:-3]) if name.endswith(".gz") else source(os.path.join(folder, name))
                self.assertEqual(re.findall(r"@[a-zA-Z]+@", text), [], name)


if __name__ == "__main__":
    unittest.main()
