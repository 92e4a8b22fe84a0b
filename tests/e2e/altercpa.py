"""tools/altercpa-sim as a sender in tests."""

import json
import os
import sys

from harness import SOURCE_DIR, run_command

ALTERCPA_SIM = [sys.executable, os.path.join(SOURCE_DIR, "tools", "altercpa-sim")]


def play(*flags, stdin=None, timeout=120):
    """Runs it to its end."""
    return run_command([*ALTERCPA_SIM, *flags], stdin=stdin, timeout=timeout)


def events(path):
    """The lines of --log, in the order in which the answers came."""
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.endswith("\n")]


def by_click(lines):
    """The statuses of each click, in order."""
    found = {}
    for line in lines:
        found.setdefault(line["click"], []).append(line["status"])
    return found
