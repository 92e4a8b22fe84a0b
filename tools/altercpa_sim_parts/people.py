"""Invented people and what they do in the bot, hour by hour. The same seed makes the same people."""

import dataclasses

_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclasses.dataclass
class Person:
    click: str
    campaign: str
    lead: int
    user: int
    subscriber: int
    username: str  # Empty for who has none.
    chat: int
    events: list  # (status, Unix seconds), in order, at least a second apart.

    def values(self, status, time):
        """What TOP's macros stand for."""
        return {
            "click": self.click, "status": status, "campaign": self.campaign, "user": self.user, "lead": self.lead,
            "subscriber": self.subscriber, "username": self.username, "chat": self.chat, "time": time,
        }


def invent(count, campaigns, dashes, random, begins_at):
    """Gives `count` people who came by the links of these campaigns, one after the other."""
    taken = set()
    leads_before = random.randrange(10**5, 10**8)
    for number in range(1, count + 1):
        click = _click_id(dashes, random)
        while click in taken:
            click = _click_id(dashes, random)
        taken.add(click)
        yield person(click, random.choice(campaigns), leads_before + number, random, _story(random, begins_at + number))


def person(click, campaign, lead, random, events):
    return Person(
        click=click, campaign=campaign, lead=lead, user=random.randrange(10**8, 10**10), subscriber=10**6 + lead,
        username="" if random.random() < 0.3 else "user_" + _word(random, 6), chat=-100 * 10**10 - random.randrange(10**9), events=events)


def _word(random, length):
    return "".join(random.choices(_ALPHABET, k=length))


def _click_id(dashes, random):
    """Like Keitaro's older ids; with `dashes` like its newer ones, whose dots Telegram's links cannot carry."""
    if dashes:
        return "-".join((_word(random, 7), _word(random, 2), _word(random, 4)))
    return "2k" + _word(random, 7)


def _story(random, begins_at):
    """Presses Start; asks to join, or joins; leaves, comes back, is banned. Some stop after each step."""
    time = begins_at
    events = []

    def happens(status):
        nonlocal time
        events.append((status, time))
        time += random.randrange(1, 6 * 3600)

    happens("wait")
    if random.random() < 0.25:
        return events
    if random.random() < 0.5:
        happens("hold")
        if random.random() < 0.2:
            return events  # Nobody let this one in.
    happens("approve")
    while random.random() < 0.35:
        if random.random() < 0.2:
            happens("trash")
            return events
        happens("cancel")
        if random.random() < 0.5:
            return events
        happens("approve")
    return events
