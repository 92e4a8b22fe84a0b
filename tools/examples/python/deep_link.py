#!/usr/bin/env python3
"""AlterCPA TOP's deep links, https://t.me/YourBot?start=CODE-CLICKID: how Keitaro's click id travels through Telegram.

    python3 deep_link.py build YourBot SUMMER                       the link to paste into Keitaro, with {subid}
    python3 deep_link.py build YourBot SUMMER 37o23c7.1f.381o       a finished link
    python3 deep_link.py parse '/start SUMMER-37o23c7-1f-381o'      campaign and click id, a line each

In a bot:  link = deep_link.parse(message.text), then write link.campaign and link.click to the outbox as they came.
The same as `keitaro-outbox link`. Needs Python 3.8 or later, nothing beside it.
"""

import collections
import re
import sys
import urllib.parse

LONGEST_START = 64  # Telegram's limit for what stands behind start=, the dash between code and click id included.
BLANKS = " \t\n\v\f\r"
CARRIED = re.compile(r"[A-Za-z0-9_-]*")

DeepLink = collections.namedtuple("DeepLink", "campaign click")


def build(bot, campaign, click=""):
    """The link; with {subid}, for Keitaro to fill in, where `click` is empty. ValueError says what is wrong."""
    bot = bot[1:] if bot.startswith("@") else bot
    if not re.fullmatch(r"[A-Za-z0-9_]+", bot):
        raise ValueError(f"{bot!r} is no bot's name")
    _must_be_carried("campaign code", campaign)
    if not campaign:
        raise ValueError("the campaign code is empty")
    if len(campaign) + 2 > LONGEST_START:
        raise ValueError(f"the campaign code leaves no room for a click id: Telegram carries {LONGEST_START} characters in all")
    carried = click.replace(".", "-")  # Telegram carries no dot.
    _must_be_carried("click id", carried)
    if len(campaign) + 1 + len(carried) > LONGEST_START:
        raise ValueError(f"code, dash and click id have more than Telegram's {LONGEST_START} characters")
    return f"https://t.me/{bot}?start={campaign}-{carried or '{subid}'}"


def parse(text, campaign=""):
    """Reads CODE-abc, /start CODE-abc (what a bot is sent), or a whole link. ValueError says what is wrong.

    Split at the first dash; name the `campaign` where codes hold one themselves. The click id is as Telegram carried it, with
    dashes for dots. Write it to the outbox like that: a tracker with click_dashes = "to-dots" turns them back.
    """
    start = _start_value(text.strip(BLANKS))
    _must_be_carried("start value", start)
    if len(start) > LONGEST_START:
        raise ValueError(f"the start value has more than Telegram's {LONGEST_START} characters")
    if campaign and not start.startswith(campaign + "-"):
        raise ValueError(f"{start!r} does not begin with {campaign + '-'!r}")
    code, dash, click = (campaign, "-", start[len(campaign) + 1 :]) if campaign else start.partition("-")
    if not (code and dash and click):
        raise ValueError(f"{start!r} is not a campaign code, a dash and a click id")
    return DeepLink(code, click)


def click_with_dots(click):
    """The click id with the dots that it had before Telegram: Keitaro's own hold no dash."""
    return click.replace("-", ".")


def _start_value(text):
    if text.startswith("/start"):
        value = text[len("/start") :]
        if value.startswith("@"):  # In a group: "/start@YourBot CODE-abc".
            value = value.partition(" ")[2]
        return value.strip(BLANKS)
    if "?" not in text and "/" not in text:
        return text
    query = text.partition("?")[2].partition("#")[0]
    for parameter in query.split("&"):
        if parameter.startswith("start="):
            return urllib.parse.unquote(parameter[len("start=") :])
    raise ValueError(f"{text!r} has no start= in it")


def _must_be_carried(what, text):
    if "{" in text or "}" in text:
        raise ValueError(f"the {what} {text!r} holds a macro that was not filled in")
    if not CARRIED.fullmatch(text):
        raise ValueError(f"the {what} {text!r} holds something else than A-Z a-z 0-9 _ -")


def main(arguments):
    try:
        if arguments[:1] == ["build"] and len(arguments) in (3, 4):
            print(build(*arguments[1:]))
        elif arguments[:1] == ["parse"] and len(arguments) in (2, 3):
            print(*parse(*arguments[1:]), sep="\n")
        else:
            print("usage: deep_link.py build BOT CAMPAIGN [CLICK] | deep_link.py parse TEXT [CAMPAIGN]", file=sys.stderr)
            return 2
    except ValueError as error:
        print(f"deep_link.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
