"""The words of tools/altercpa-sim."""

import argparse

EPILOG = """
Templates, one a line: an event (wait, hold, approve, cancel, trash) and its URL,
below [CODE] those of a campaign. The macros are {click} {status} {campaign}
{user} {lead} {subscriber} {username} {chat} {time}.

  altercpa-sim --url 'http://127.0.0.1:8480/KEY/postback?click={click}&status={status}'
  altercpa-sim --templates top.txt --people 1000 --rate 200 --log events.jsonl

With --story nobody is invented: each line CLICK EVENT [CAMPAIGN [TIME]] is called
when it is read, and the answer is printed.

Exit codes: 0 all were answered with 200, 1 some were not, 2 wrong usage.
"""


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog):
        super().__init__(prog, max_help_position=26, width=79)


def _number(least, most, kind):
    def read(text):
        value = kind(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not between {least} and {most}")
        return value

    read.__name__ = "number"
    return read


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="altercpa-sim", formatter_class=_Formatter, epilog=EPILOG, allow_abbrev=False,
        description="Plays AlterCPA TOP on this machine: people press Start in a bot, ask to join, join,\n"
                    "leave, come back, are banned, and for each event a URL is called, once.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--templates", metavar="FILE", help="the URLs of the events")
    where.add_argument("--url", metavar="URL", help="one URL for all five events")
    parser.add_argument("--people", type=_number(1, 1_000_000, int), default=100, metavar="N", help="how many press Start (100)")
    parser.add_argument("--campaign", action="append", metavar="CODE", help="whose links they came by; can be repeated (SUMMER)")
    parser.add_argument("--dashes", action="store_true", help="click ids like 37o23c7-1f-381o, as Telegram's links carry Keitaro's newer ones")
    parser.add_argument("--rate", type=_number(0, 1_000_000, float), default=50, metavar="N", help="events a second; 0 is no limit (50)")
    parser.add_argument("--calls-at-once", type=_number(1, 256, int), default=16, metavar="N", help="calls that wait for their answers (16)")
    parser.add_argument("--timeout", type=_number(0.01, 3600, float), default=10, metavar="N", help="seconds that an answer may take (10)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed makes the same people (1)")
    parser.add_argument("--story", metavar="FILE", help="call the events of this file; - is the standard input")
    parser.add_argument("--log", metavar="FILE", help="a line of JSON for each event is appended, key hidden")
    parser.add_argument("--any-host", action="store_true", help="also call other machines than this one")
    parser.add_argument("--json", action="store_true", help="the counts as a JSON object")
    options = parser.parse_args(arguments)
    options.campaign = options.campaign or ["SUMMER"]
    return options
