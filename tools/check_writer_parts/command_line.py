"""The words of tools/check-writer."""

import argparse

EPILOG = """
The database is the one that your program writes to; make it with keitaro-outbox
init, and have no worker run on it meanwhile, or it sends the rows. Nothing is
sent from here, and nothing is written to the file but by your command. With
--copy the command works on a copy: {db} among its words is the copy's path.

  check-writer --db shop.db --business-table orders --twice --kill 20 \\
      -- python3 shop.py {db} 7 2kd9a0c 12.50
  check-writer --db shop.db --seconds 60

Exit codes: 0 nothing wrong, 1 something wrong, 2 wrong usage.
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog):
        super().__init__(prog, max_help_position=26, width=79)


def _above_zero(text):
    value = float(text)
    if not 0 < value < 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return value


def _count(text):
    value = int(text)
    if not 0 < value <= 10_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 1 and 10000")
    return value


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="check-writer", formatter_class=_Formatter, epilog=EPILOG, allow_abbrev=False,
        description="Watches a database while your program writes to its outbox, and says what is\n"
                    "wrong with the way it does. Runs COMMAND, or waits for your program to write.")
    parser.add_argument("--db", required=True, metavar="FILE", help="the database with the outbox")
    parser.add_argument("--config", metavar="FILE", help="a worker's configuration: its trackers, statuses and templates are what rows are judged by")
    parser.add_argument("--business-table", action="append", default=[], metavar="TABLE",
                        help="must change in each commit that inserts a row; can be repeated")
    parser.add_argument("--seconds", type=_above_zero, metavar="N", help="without COMMAND: how long to watch (else until Ctrl-C)")
    parser.add_argument("--twice", action="store_true", help="run COMMAND a second time: it must add nothing")
    parser.add_argument("--kill", type=_count, metavar="N", help="kill -9 COMMAND at N moments, each on a copy; it needs {db} among its words")
    parser.add_argument("--seed", type=int, metavar="N", help="the same moments again")
    parser.add_argument("--copy", action="store_true", help="work on a copy, {db} among the words of COMMAND")
    parser.add_argument("--no-busy", dest="busy", action="store_false", help="do not hold the write lock while COMMAND runs")
    parser.add_argument("--lock-seconds", type=_above_zero, default=1.0, metavar="N",
                        help="how long to hold it, from when COMMAND has opened the file (1)")
    parser.add_argument("--longest-lock-ms", type=_above_zero, default=1000.0, metavar="N", help="a write lock held for longer is wrong (1000)")
    parser.add_argument("--timeout", type=_above_zero, default=60.0, metavar="N", help="kill COMMAND after so many seconds (60)")
    parser.add_argument("--json", action="store_true", help="the result as a JSON object")
    parser.add_argument("command", nargs="*", metavar="COMMAND", help="after --: what to run, with its arguments")
    options = parser.parse_args(arguments)
    _judge(parser, options)
    return options


def _judge(parser, options):
    if not options.command:
        for name in ("twice", "kill", "copy"):
            if getattr(options, name):
                parser.error(f"--{name} needs a COMMAND, after --")
    elif options.seconds:
        parser.error("--seconds is for watching without a COMMAND; --timeout limits one")
    holds_place = any("{db}" in word for word in options.command)
    for name in ("kill", "copy"):
        if getattr(options, name) and not holds_place:
            parser.error(f"--{name} needs the place of the database in COMMAND: write {{db}} there")
