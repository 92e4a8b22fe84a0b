"""The pages, taken apart: their fenced blocks, headings and links, and outputs in a form that can be compared."""

import collections
import functools
import glob
import os
import re

from harness import SOURCE_DIR

Block = collections.namedtuple("Block", "language note text shown")

README = "README.md"
SIM = "tools/sim/README.md"
ALTERCPA_SIM = "tools/altercpa_sim_parts/README.md"
SIM_ADDRESS = "127.0.0.1:8787"
METRICS_ADDRESS = "127.0.0.1:9464"
DOOR_ADDRESS = "127.0.0.1:8480"

_FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def names():
    """Of every page that people read, the README first."""
    found = glob.glob("docs/*.md", root_dir=SOURCE_DIR)
    return [README, *sorted(found), SIM, ALTERCPA_SIM, "tools/examples/README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]


@functools.cache
def text(name):
    with open(os.path.join(SOURCE_DIR, name), encoding="utf-8") as file:
        return file.read()


def all_text():
    return "\n".join(text(name) for name in names())


def section(name, title):
    """From below this heading to the next one of its rank or a higher one."""
    (found,) = re.finditer(rf"^(#+) {re.escape(title)}\n", text(name), re.MULTILINE)
    rest = text(name)[found.end() :]
    end = re.search(rf"^#{{1,{len(found.group(1))}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def blocks(name):
    """In order. `shown` is the output that a block of language `text` shows right below it, or None."""
    found = []
    page = text(name)
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


def only_block(name, language, beginning=""):
    """The text of the one block of this language that begins so."""
    (block,) = [block for block in blocks(name) if block.language == language and block.text.startswith(beginning)]
    return block.text


def without_blocks(name):
    return _FENCE.sub("", text(name))


def anchors(name):
    """What GitHub makes of the headings."""
    headings = re.findall(r"^#+ (.*)$", without_blocks(name), re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading) for heading in headings]
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in plain]


def links(name):
    """Targets of links and pictures."""
    return re.findall(r"\]\(([^)\s]+)\)", without_blocks(name))


_CHANGING = (
    (r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+Z)?", "<time>"),
    (r"(?m)^\d{4}-\d\d-\d\d  ", "<day>  "),
    (r'"(\w+_ms|\w+_at)":\d{13}', r'"\1":<time>'),
    (r'"time": \d{10}\b', '"time": <time>'),
    (r'"jid":"\d+"', '"jid":<n>'),
    (r'"conversion_id":\d+', '"conversion_id":<n>'),
    (r"\b\d+(ms|s|m|h|d)( \d+[smh])?\b", "<span>"),
    (r"keitaro-outbox/\d+\.\d+\.\d+", "keitaro-outbox/<version>"),
    (r"on \S+ \(process \d+\)", "on <host> (process <n>)"),
    (r"[ ]+", " "),
)


def comparable(output):
    """Without what differs from run to run: times, spans of time, the order of unrelated clicks, padding."""
    for pattern, replacement in _CHANGING:
        output = re.sub(pattern, replacement, output)
    return [line.strip() for line in output.splitlines()]
