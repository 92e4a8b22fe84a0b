"""What a verdict can hold against a run."""

import collections

LOST = "LOST"
OUT_OF_ORDER = "OUT OF ORDER"
FORBIDDEN = "FORBIDDEN MOVE"
REBILL_TWICE = "REBILL COUNTED TWICE"
REPEATED = "REPEATED WITHOUT CAUSE"
ALTERED = "NOT WHAT WAS WRITTEN"
EARLY = "BEFORE ITS TIME"
BOOK = "WRONG BOOK"  # The table `conversions` differs from what the receiver has.
UNFINISHED = "UNFINISHED"
MEMORY = "MEMORY GROWS"
DESCRIPTORS = "DESCRIPTORS GROW"
FILES = "FILES GROW"
FAULT = "FAULT"  # A process that ended by itself, a damaged file.

Finding = collections.namedtuple("Finding", "kind text")
