"""What the build makes of the programs' help, and the generator's own reading of it."""

import gzip
import os
import re
import sys

from harness import BUILD_DIR, COMMAND, SIM, SOURCE_DIR, run_command

sys.path.insert(0, os.path.join(SOURCE_DIR, "tools", "package", "generate"))
import command_help  # noqa: E402  pylint: disable=wrong-import-position,wrong-import-order

GENERATED = os.path.join(BUILD_DIR, "tools", "package", "generated")
PROGRAMS = {"keitaro-outbox": COMMAND, "keitaro-sim": SIM}


def page_source(name):
    """A manual page, such as keitaro-outbox.1, as it is written for troff."""
    with gzip.open(os.path.join(GENERATED, "man", name + ".gz"), "rt", encoding="utf-8") as file:
        return file.read()


def verbs():
    """Of keitaro-outbox, as the generator reads them."""
    return command_help.read(COMMAND)


def flags_in_help(program, verb=""):
    """The flags of a verb, read from its help by simpler means than the generator's."""
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", run_command([program, *verb.split(), "--help"]).out, re.MULTILINE))


def verbs_in_help(program):
    """Their names, those below `link` with it."""
    def below(*words):
        _, _, commands = run_command([program, *words, "--help"]).out.partition("Commands:\n")
        return re.findall(r"^  (\w+)  +\w", commands, re.MULTILINE)

    return [name for verb in below() for name in (verb, *(f"{verb} {further}" for further in below(verb)))]
