"""What an application's clicks go through: each story is a handful of rows of one click, with pauses between them."""

import dataclasses
import itertools

from . import rules


@dataclasses.dataclass(frozen=True)
class Step:
    """One row to insert. `mark` goes out with the postback, so that the receiver can tell which row it was; rows that are
    meant to be the same postback share one."""

    subid: str
    status: str
    mark: str
    tid: str = ""
    payout: str = ""
    event_id: str = ""
    pause: float = 0.0  # Seconds after the click's previous step.
    due_in: float = 0.0  # Seconds from the insert; 0 for at once.


class Clicks:
    """Endless clicks with their stories, the same for the same seed. `name` keeps several writers apart."""

    def __init__(self, name, chance):
        self._name = name
        self._chance = chance
        self._numbers = itertools.count(1)
        self._stories = (
            (30, self._bot), (20, self._shop), (15, self._rebills), (10, self._update), (8, self._scheduled),
            (8, self._same_event_twice), (4, self._wrong), (3, self._unwanted), (2, self._many_orders),
        )

    def next(self):
        """The steps of one new click, in order."""
        weights, tellers = zip(*self._stories)
        (teller,) = self._chance.choices(tellers, weights)
        return list(teller(f"{self._name}-{next(self._numbers)}"))

    # --- what happens to a click

    def _bot(self, subid):
        yield Step(subid, "wait", f"{subid}.1")
        yield Step(subid, "hold", f"{subid}.1", pause=self._soon())  # Both are a lead: a duplicate.
        yield Step(subid, "approve", f"{subid}.2", payout="12.5", pause=self._soon())
        if self._chance.random() < 0.4:
            yield Step(subid, self._chance.choice(("cancel", "trash")), f"{subid}.3", payout="12.5", pause=self._later())
            if self._chance.random() < 0.5:
                yield Step(subid, "approve", f"{subid}.4", payout="12.5", pause=self._soon())  # Refused.

    def _shop(self, subid):
        tid = f"order-{subid}"
        yield Step(subid, "lead", f"{subid}.1", tid)
        yield Step(subid, "sale", f"{subid}.2", tid, self._amount(), pause=self._soon())
        if self._chance.random() < 0.3:
            yield Step(subid, "rejected", f"{subid}.3", tid, pause=self._later())

    def _rebills(self, subid):
        yield Step(subid, "sale", f"{subid}.1", "first", self._amount())
        yield Step(subid, "rebill", f"{subid}.2", "second", "9.9", pause=self._soon())
        yield Step(subid, "rebill", f"{subid}.3", "second", "8.8", pause=self._soon())  # A duplicate, whatever its amount.
        yield Step(subid, "rebill", f"{subid}.4", "third", "7.5", pause=self._soon())
        if self._chance.random() < 0.3:
            yield Step(subid, "rebill", f"{subid}.5", payout="7.5")  # Without a tid: refused.
        if self._chance.random() < 0.3:
            yield Step(subid, "rejected", f"{subid}.6", "third", pause=self._soon())
            yield Step(subid, "rebill", f"{subid}.7", "third", "7.5", pause=self._soon())  # Still a duplicate.

    def _update(self, subid):
        yield Step(subid, "sale", f"{subid}.1", payout="10")
        yield Step(subid, "sale", f"{subid}.2", payout="12", pause=self._soon())
        yield Step(subid, "sale", f"{subid}.2", payout="12", pause=self._soon())

    def _scheduled(self, subid):
        yield Step(subid, "lead", f"{subid}.1", due_in=self._chance.uniform(0.5, 5))
        yield Step(subid, "sale", f"{subid}.2", payout="5")  # Has to wait for the lead.
        yield Step(subid, "rejected", f"{subid}.3", pause=self._later(), due_in=self._chance.uniform(0, 2))

    def _same_event_twice(self, subid):
        for event in (1, 1, 2, 2):
            status, payout = ("lead", "") if event == 1 else ("sale", "4.25")
            yield Step(subid, status, f"{subid}.{event}", payout=payout, event_id=f"{subid}-{event}", pause=self._soon())

    def _wrong(self, subid):
        yield Step(subid, "sale", f"{subid}.1", payout="3")
        yield Step(subid, "lead", f"{subid}.2", pause=self._soon())  # A move that is not published.
        yield Step(subid, "no-such-status", f"{subid}.3")
        yield Step(subid, "rejected", f"{subid}.4")

    def _unwanted(self, subid):
        mark = f"{subid}.1{self._chance.choice((rules.NEVER, rules.LATE))}"
        yield Step(subid, "lead", mark)
        yield Step(subid, "sale", f"{subid}.2", payout="6", pause=self._soon())

    def _many_orders(self, subid):
        for number in range(self._chance.randint(6, 20)):
            yield Step(subid, "sale", f"{subid}.{number}", f"t{number}", self._amount())

    # --- chance

    def _soon(self):
        return self._chance.choice((0, 0, 0.05, 0.3, 1))

    def _later(self):
        return self._chance.choice((0.2, 1, 3, 8))

    def _amount(self):
        return self._chance.choice(("1.5", "12.5", "100", "0.0001", "-3"))
