"""Keitaro's published rules, stated here a second time on purpose: the verdict must not lean on the code that it judges."""

STATUSES = {
    "lead": "lead", "wait": "lead", "hold": "lead",
    "sale": "sale", "approve": "sale",
    "rejected": "rejected", "cancel": "rejected", "trash": "rejected",
    "rebill": "rebill",
}
MOVES = {("lead", "sale"), ("lead", "rejected"), ("sale", "rejected"), ("rebill", "rejected")}

# What a row says of itself at the end of its mark: the receiver does not take it in before it is healed, or before the fourth
# request for it.
NEVER = ".never"
LATE = ".late"
REFUSALS_OF_LATE = 3


def keitaro_status(name):
    """`lead`, `sale`, `rejected`, `rebill`, or None for a name that nobody knows."""
    return STATUSES.get(name.strip().lower())


def is_forbidden(before, after):
    """Whether the move of a conversion between two Keitaro statuses is one that Keitaro does not publish."""
    return before != after and (before, after) not in MOVES


def is_unwanted(mark):
    return mark.endswith((NEVER, LATE))
