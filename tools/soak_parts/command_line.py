"""Options, and where the command under test comes from."""

import argparse
import os
import subprocess

_SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

_ABOUT = """\
Runs an application, keitaro-outbox and a receiver in trouble, kills and freezes the worker, heals everything, and then gives a
verdict: what was lost, out of order or sent twice, and whether memory and files stayed bounded. On this machine alone."""
_MORE = """\
Ctrl-C ends it early, with the verdict so far. Exit code: 0 passed, 1 failed or could not run, 2 wrong usage.
KEITARO_OUTBOX_BIN may name the program; else build/release/bin/keitaro-outbox is taken, and built if it is not there."""


def _positive(text):
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return value


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="tools/soak", description=_ABOUT, epilog=_MORE, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False)
    parser.add_argument("--minutes", type=_positive, default=5.0, metavar="N", help="how long the load lasts (5)")
    parser.add_argument("--rate", type=_positive, default=200.0, metavar="N", help="rows a second, all writers together (200)")
    parser.add_argument("--writers", type=int, choices=range(1, 33), default=3, metavar="N", help="processes that insert, 1 to 32 (3)")
    parser.add_argument("--seed", type=int, default=None, metavar="N", help="for the same chances again; by default another each time")
    parser.add_argument("--db", metavar="DIR|URL", help="an empty folder for the database and all evidence, which is kept; by default a"
                        " temporary one, kept when the verdict is bad. Or postgresql://…: in a schema of its own there, which is removed; two"
                        " workers share the rows, and connections are ended too")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server of its own, which is killed too; temporary")
    parser.add_argument("--judge", metavar="DIR", help="runs nothing: judges the evidence of an earlier run once more")
    parser.add_argument("--json", action="store_true", help="the report as JSON")
    options = parser.parse_args(arguments)
    if options.seed is None:
        options.seed = int.from_bytes(os.urandom(3), "big")
    return options


def command_under_test():
    """The path of keitaro-outbox, built if need be."""
    named = os.environ.get("KEITARO_OUTBOX_BIN")
    if named:
        return os.path.abspath(named)
    built = os.path.join(_SOURCE, "build", "release", "bin", "keitaro-outbox")
    if not os.path.exists(built):
        steps = [["tools/install-dependencies"], ["cmake", "--preset", "release"],
                 ["cmake", "--build", "--preset", "release", "--target", "keitaro-outbox"]]
        for step in steps:
            subprocess.run(step, cwd=_SOURCE, check=True, stdout=2)  # Stdout is for the report.
    return built
