"""The receiver's troubles: spells that follow one another by chance, and what each does to a request. No clock, no sockets."""

import dataclasses

from . import rules


@dataclasses.dataclass(frozen=True)
class Fate:
    """What becomes of one request. `then`: "answer"; "cut" the connection; "half" the answer, then cut; "hang"."""

    code: int = 200
    taken_in: bool = True
    then: str = "answer"
    delay: float = 0.0  # Seconds from the receipt to the answer.
    retry_after: int = 0
    body: bytes = b"OK"

    def name(self):
        return str(self.code) if self.then == "answer" else self.then


def _refusal(code, retry_after=0):
    return Fate(code, taken_in=False, retry_after=retry_after, body=b"no")


# Troubles that strike single requests, with their weights.
SINGLE = (
    (6, Fate(taken_in=False, then="cut")),
    (6, Fate(then="cut")),
    (6, _refusal(503)),
    (3, _refusal(500)),
    (3, _refusal(429, retry_after=1)),
    (1, _refusal(408)),
    (1, Fate(taken_in=False, then="hang")),
    (1, Fate(then="hang")),
    (2, Fate(body=b"<html>welcome</html>")),  # Taken in, though without the text that was asked for.
    (2, Fate(then="half")),
)


@dataclasses.dataclass(frozen=True)
class Spell:
    kind: str
    seconds: float

    @property
    def is_outage(self):
        return self.kind in OUTAGES


# kind: weight, shortest, longest seconds. Good weather comes between any two of them.
TROUBLES = {
    "rough": (5, 2, 8),  # Every third request meets a trouble.
    "slow": (3, 2, 6),
    "refusing connections": (3, 1, 6),
    "answering 503": (2, 1, 6),
    "answering 429": (1, 1, 4),
    "answering 403": (1, 1, 4),
    "redirecting": (1, 1, 3),
    "silent": (1, 2, 5),
    "losing answers": (2, 0.5, 1.5),
}
OUTAGES = {kind for kind in TROUBLES if kind not in ("rough", "slow", "losing answers")}
TO_ALL = {
    "answering 503": _refusal(503),
    "answering 429": _refusal(429, retry_after=1),
    "answering 403": _refusal(403),
    "redirecting": _refusal(302),
    "silent": Fate(taken_in=False, then="hang"),
    "losing answers": Fate(then="cut"),
    "refusing connections": Fate(taken_in=False, then="cut"),
}


class Weather:
    """`request_timeout` is the worker's, in seconds: a slow answer comes clearly within it or clearly too late, so that it
    is known afterwards whether the worker can have read it. `hurry` makes all spells shorter, for a short run."""

    def __init__(self, chance, request_timeout, hurry=1.0):
        self._chance = chance
        self._timeout = request_timeout
        self._hurry = hurry

    def spells(self):
        """Without end."""
        while True:
            yield Spell("fair", self._chance.uniform(4, 20) / self._hurry)
            (kind,) = self._chance.choices(list(TROUBLES), [weight for weight, _, _ in TROUBLES.values()])
            _, shortest, longest = TROUBLES[kind]
            yield Spell(kind, self._chance.uniform(shortest, longest) / max(1.0, self._hurry / 2))

    def fate(self, kind, mark, requests_before):
        """`requests_before`: how many for this mark were refused for its own sake."""
        if kind == "healed":
            return Fate()  # Now even what was never wanted.
        if kind in TO_ALL:
            return TO_ALL[kind]
        if mark.endswith(rules.NEVER) or mark.endswith(rules.LATE) and requests_before < rules.REFUSALS_OF_LATE:
            return _refusal(self._chance.choice((400, 410, 422)))
        if kind == "slow":
            return Fate(delay=self._slow())
        if self._chance.random() < (0.3 if kind == "rough" else 0.02):
            return self._chance.choices([fate for _, fate in SINGLE], [weight for weight, _ in SINGLE])[0]
        return Fate(delay=self._chance.choice((0, 0, 0.001, 0.005, 0.03)))

    def _slow(self):
        if self._chance.random() < 0.1:
            return self._timeout * self._chance.uniform(1.3, 2)
        return self._timeout * self._chance.uniform(0.02, 0.4)
