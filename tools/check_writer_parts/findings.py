"""What is said of a writer: findings, each with what to do about it."""

import collections

WRONG = "wrong"
HINT = "hint"  # may be meant so

# `text` is one sentence, `advice` another; `rows` are ids. What is said of several rows in the same words is one finding.
Finding = collections.namedtuple("Finding", "check severity text advice rows", defaults=((),))


def wrong(check, text, advice, rows=()):
    return Finding(check, WRONG, text, advice, tuple(rows))


def hint(check, text, advice, rows=()):
    return Finding(check, HINT, text, advice, tuple(rows))


def grouped(findings):
    """The wrong ones first; the rows of equal ones put together."""
    together = {}
    for found in findings:
        key = (found.severity != WRONG, found.check, found.text, found.advice)
        together.setdefault(key, []).extend(found.rows)
    ordered = sorted(together.items(), key=lambda item: item[0][0])
    return [Finding(check, HINT if not_wrong else WRONG, text, advice, tuple(sorted(set(rows))))
            for (not_wrong, check, text, advice), rows in ordered]


def shown(value, limit=40):
    """A value of the database in one line that does nothing to a terminal."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return '"' + (text if len(text) <= limit else text[: limit - 1] + "…") + '"'


def counted(count, what):
    return f"{count} {what}" + ("" if count == 1 else "s")
