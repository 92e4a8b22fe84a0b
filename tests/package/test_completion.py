"""Completion in bash and zsh: whatever the programs' help tells, and nothing that the programs would not take."""

import os
import re
import shlex
import unittest

from generated import GENERATED, PROGRAMS, flags_in_help, verbs, verbs_in_help
from harness import COMMAND, E2ETest, run_command
from terminal import Terminal

STATES = ["pending", "delivered", "duplicate", "refused", "dead", "cancelled"]
FOLDER_FILES = ["app.db", "outbox.toml"]
TOML = '[[tracker]]\nname = "default"\nurl = "https://a.example/k/postback"\n\n[[tracker]]\nname = "partner"\nurl = "https://b.example/k/postback"\n'

# A line as it is typed, `|` where Tab is pressed, and what may stand there then.
CASES = (
    ("keitaro-outbox pr|", ["preview", "prune"]),
    ("keitaro-outbox link |", ["build", "parse"]),
    ("keitaro-outbox link build --c|", ["--campaign", "--click"]),
    ("keitaro-outbox --db app.db --config=outbox.toml sta|", ["status"]),
    ("keitaro-outbox --db run li|", ["link", "list"]),
    ("keitaro-outbox list --state |", STATES),
    ("keitaro-outbox list --state=de|", ["dead", "delivered"]),
    ("keitaro-outbox list --tracker x --state d|", ["dead", "delivered", "duplicate"]),
    ("keitaro-outbox cancel --state |", ["pending"]),
    ("keitaro-outbox prune --state |", STATES[1:]),
    ("keitaro-outbox run --log-level |", ["debug", "error", "info", "warn"]),
    ("keitaro-outbox run --log-format=|", ["json", "text"]),
    ("keitaro-outbox export --format k|", ["keitaro-import"]),
    ("keitaro-outbox add --status re|", ["rebill", "rejected"]),
    ("keitaro-outbox add --db |", FOLDER_FILES),
    ("keitaro-outbox import o|", ["outbox.toml"]),
    ("keitaro-outbox pause --config outbox.toml |", ["default", "partner"]),
    ("keitaro-outbox list --config=outbox.toml --tracker p|", ["partner"]),
    ("keitaro-outbox drain --timeout |", []),
    ("keitaro-outbox show |", []),
    ("keitaro-sim --unknown-move |", ["apply", "ignore"]),
    ("keitaro-sim --latency|", ["--latency", "--latency-jitter"]),
    ("keitaro-sim --clicks |", FOLDER_FILES),
)


class Completion(E2ETest):
    def setUp(self):
        super().setUp()
        for name, text in (("app.db", ""), ("outbox.toml", TOML)):
            os.makedirs(self.path("here"), exist_ok=True)
            self.write(f"here/{name}", text)

    def bash(self, lines):
        """What bash offers at the end of each line."""
        script = f"cd {shlex.quote(self.path('here'))}\n"
        for program in PROGRAMS:
            script += f". {shlex.quote(os.path.join(GENERATED, 'bash', program))}\n"
        for line in lines:
            # As readline takes a line apart.
            words = re.findall(r"[^\s=]+|=", line) + ([""] if line[-1] in " " else [])
            function = "_" + words[0].replace("-", "_")
            script += (f"COMP_WORDS=({' '.join(shlex.quote(word) for word in words)}); COMP_CWORD={len(words) - 1}; COMPREPLY=()\n"
                       f"{function}; echo \"${{COMPREPLY[*]}}\"\n")
        done = run_command(["bash", "--norc", "-u", "-c", script])
        self.assertEqual(done.err, "")
        return [sorted(line.split()) for line in done.out.splitlines()]

    def test_bash_offers_what_fits(self):
        offered = self.bash([line.rstrip("|") for line, _ in CASES])
        for (line, expected), found in zip(CASES, offered, strict=True):
            with self.subTest(line):
                self.assertEqual(found, sorted(expected))

    def test_bash_offers_every_command_and_every_flag_of_the_help(self):
        names = verbs_in_help(COMMAND)
        self.assertGreaterEqual(len(names), 20)
        found = self.bash(["keitaro-outbox ", *(f"keitaro-outbox {name} -" for name in names), "keitaro-sim -"])
        self.assertEqual(set(found[0]), {name for name in names if " " not in name})
        for name, offered in zip(names, found[1:], strict=False):
            self.assertEqual(set(offered), flags_in_help(COMMAND, name), name)
        self.assertEqual(set(found[-1]), flags_in_help(PROGRAMS["keitaro-sim"]))

    def test_zsh_completes_lines_as_they_are_typed(self):
        """In a terminal, by a person's keys: what Tab leaves is run, and tells its arguments."""
        fpath = os.path.join(GENERATED, "zsh")
        self.write("setup.zsh", f"""
            fpath=({shlex.quote(fpath)} $fpath); autoload -Uz compinit; compinit -u -D; PS1='ready> '; unsetopt zle_bracketed_paste
            keitaro-outbox() {{ print -rl -- "typed:" "$@" ":end" }}; keitaro-sim() {{ keitaro-outbox "$@" }}; cd {shlex.quote(self.path('here'))}""")
        shell = Terminal(["zsh", "-f", "-i"], columns=200, rows=50, env={"TERM": "dumb"})
        self.addCleanup(shell.close)
        shell.press(f"source {shlex.quote(self.path('setup.zsh'))}\r".encode())
        shell.wait_for(lambda page: b"ready> " in shell.output, timeout=180, what="the prompt")
        for keys, expected in (
            ("keitaro-outbox pru\t--att\t9d --stat\tdup\t", ["prune", "--attempts-older-than=9d", "--state=duplicate"]),
            ("keitaro-outbox --d\tapp\t expo\t--fo\tkei\t", ["--db=app.db", "export", "--format=keitaro-import"]),
            ("keitaro-outbox pause --conf\tout\t par\t", ["pause", "--config=outbox.toml", "partner"]),
            ("keitaro-outbox li\tn\tp\tt.me/x --c\tSUMMER", ["link", "parse", "t.me/x", "--campaign=SUMMER"]),
            ("keitaro-sim --unk\tc\t\x15keitaro-sim --two\tre\t", ["--two-lists=rejected"]),
        ):
            with self.subTest(keys):
                before = len(shell.output)
                shell.press(keys.encode() + b"\r")
                shell.wait_for(lambda page, at=before: b":end" in shell.output[at:], what=f"the arguments of {keys!r}: {shell.output[before:]!r}")
                told = shell.output[before:].decode().replace("\r", "")
                self.assertEqual(told.rpartition("typed:\n")[2].partition(":end")[0].split(), expected)

    def test_zsh_knows_every_flag_of_the_help(self):
        for program, path in PROGRAMS.items():
            with open(os.path.join(GENERATED, "zsh", "_" + program), encoding="utf-8") as file:
                text = file.read()
            for name in verbs_in_help(path) or [""]:
                # The part of this verb, up to the next.
                part = re.split(rf"^ +{name.split(' ')[-1]}\)$", text, flags=re.MULTILINE)[-1].partition(";;")[0]
                with self.subTest(program, verb=name):
                    self.assertLessEqual(flags_in_help(path, name), set(re.findall(r"(?<![\w-])--[a-z][\w-]*", part)))

    def test_what_is_offered_for_a_flag_is_what_the_program_takes(self):
        """A value out of the list is turned away with words on what to write; none in it is."""
        seen = 0
        for verb in verbs():
            for flag in verb.flags:
                if not flag.choices or flag.name == "--status":
                    continue
                for value in (*flag.choices, "n0ne"):
                    done = self.ko(*verb.name.split(), f"{flag.name}={value}", "--db", self.path("none.db"), "--json")
                    with self.subTest(verb=verb.name, flag=flag.name, value=value):
                        self.assertEqual(f"{flag.name}: " in done.err, value == "n0ne", done.err)
                        seen += 1
        self.assertGreaterEqual(seen, 40)


if __name__ == "__main__":
    unittest.main()
