"""The README, taken apart: its fenced blocks, and its text in a form that can be compared."""

import collections
import os
import re

from harness import SOURCE_DIR

Block = collections.namedtuple("Block", "language note text shown")

PATH = os.path.join(SOURCE_DIR, "README.md")
SIM_PATH = os.path.join(SOURCE_DIR, "tools", "sim", "README.md")
TOUR_ADDRESS = "127.0.0.1:8787"
METRICS_ADDRESS = "127.0.0.1:9464"

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text():
    with open(PATH, encoding="utf-8") as file:
        return file.read()


def sim_text():
    """The page of keitaro-sim's flags."""
    with open(SIM_PATH, encoding="utf-8") as file:
        return file.read()


def section(title):
    """From below this heading of the second rank to the next one."""
    (body,) = re.findall(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text(), re.MULTILINE | re.DOTALL)
    return body


def blocks():
    """In order. `shown` is the output that a block of language `text` shows right below it, or None."""
    found = []
    page = text()
    end_of_last = None
    for match in _FENCE.finditer(page):
        language, note, content = match.group(1), match.group(2).strip(), match.group(3)
        follows = end_of_last is not None and not page[end_of_last : match.start()].strip()
        if language == "text" and follows:
            found[-1] = found[-1]._replace(shown=content)
        else:
            found.append(Block(language, note, content, None))
        end_of_last = match.end()
    return found


def only_block(language):
    """The text of the one block of this language."""
    (block,) = [block for block in blocks() if block.language == language]
    return block.text


_CHANGING = (
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?", "<time>"),
    (r'"(\w+_ms)":\d{13}', r'"\1":<time>'),
    (r'"jid":"\d+"', '"jid":<n>'),
    (r'"conversion_id":\d+', '"conversion_id":<n>'),
    (r"\b\d+(ms|s|m|h|d)( \d+[smh])?\b", "<span>"),
    (r"keitaro-outbox/\d+\.\d+\.\d+", "keitaro-outbox/<version>"),
    (r"[ ]+", " "),
)


def comparable(output):
    """Without what differs from run to run: times, spans of time, the order of unrelated clicks, padding."""
    for pattern, replacement in _CHANGING:
        output = re.sub(pattern, replacement, output)
    return [line.strip() for line in output.splitlines()]
