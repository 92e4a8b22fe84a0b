"""A program's flags, verbs and texts, as its own --help tells them: what manuals and completions are made of, so that neither can
say anything else than the program."""

import dataclasses
import itertools
import re
import subprocess


@dataclasses.dataclass
class Flag:
    name: str  # such as --db, or SUBID for an argument without a flag
    value: str = ""  # what its value is called; empty for a switch
    repeated: bool = False
    default: str = ""
    help: str = ""
    choices: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Verb:
    name: str  # such as "link build"; empty for the program itself
    summary: str = ""
    arguments: list = dataclasses.field(default_factory=list)
    groups: dict = dataclasses.field(default_factory=dict)  # title → flags
    verbs: list = dataclasses.field(default_factory=list)
    more: str = ""  # below the flags

    @property
    def flags(self):
        return [flag for flags in self.groups.values() for flag in flags]


def _flag(words):
    """From the left column: `-h,--help`, `--id N ...`, `--sub-ids 10|15|30=15`, `SUBID TEXT REQUIRED`."""
    name, *rest = words.split(" ")
    flag = Flag(name.removeprefix("-h,"))
    notes = " ".join(rest)
    notes = re.sub(r" ?(REQUIRED|(Needs|Excludes): --[\w-]+)", "", notes)
    if notes.endswith("..."):
        flag.repeated, notes = True, notes[:-3].rstrip()
    # Both `SHARE=0.5` and `NAME=VALUE` are written so: only the first has a default.
    flag.value, _, flag.default = (notes, "", "") if re.fullmatch(r"[A-Z=]+", notes) else notes.partition("=")
    if "|" in flag.value:
        flag.choices = flag.value.split("|")
    return flag


def _entries(lines, column):
    """Pairs of left and right column. A left one that is too long has the right one in the next line."""
    left = None
    for line in lines:
        if left is not None:
            yield left, line.strip()
            left = None
        elif len(line) > column and line[column - 1] == " ":
            yield line[:column].strip(), line[column:].strip()
        else:
            left = line.strip()
    if left is not None:
        yield left, ""


def parse(name, text):
    """One page of help."""
    column = next(line.index("Print this help") for line in text.splitlines() if "Print this help" in line)
    head, _, rest = text.partition("\nUsage: ")
    verb = Verb(name, head.strip())
    sections = re.split(r"^(\S[^\n]*):\n(?=  [-\w])", rest, flags=re.MULTILINE)
    for title, body in zip(sections[1::2], sections[2::2]):
        own, _, after = body.partition("\n\n")
        verb.more = after.strip()
        entries = list(_entries(own.rstrip().splitlines(), column))
        if title == "Commands":
            verb.verbs = [left for left, _ in entries]
        elif title == "Positionals":
            verb.arguments = [dataclasses.replace(_flag(left), help=right) for left, right in entries]
            for argument in verb.arguments:
                argument.value = argument.name
        else:
            verb.groups[title] = [dataclasses.replace(_flag(left), help=right) for left, right in entries]
    return verb


def _listed(text):
    """The words of "csv, jsonl or keitaro-import (csv)", where a help begins with such a list; else none."""
    match = re.match(r"([\w-]+(?:, [\w-]+)*(?: or [\w-]+)?)(?= \(|,|$)", text)
    words = re.split(r", | or ", match.group(1)) if match else []
    return words if len(words) > 1 else []


def _find_choices(verbs):
    """Values that are one of a few words, as the help of the flag lists them, or that of another verb's flag of this kind."""
    states = next(_listed(flag.help) for verb in verbs if verb.name == "list" for flag in verb.flags if flag.name == "--state")
    for verb in verbs:
        for flag in verb.flags:
            if flag.value == "STATE":
                named = itertools.takewhile(states.__contains__, re.split(r", | or ", flag.help))
                flag.choices = list(named) or states
                # What is still to be sent is never deleted.
                if verb.name == "prune":
                    flag.choices = [state for state in flag.choices if state != "pending"]
            elif flag.value in ("LEVEL", "FORMAT", "WHEN") or flag.name == "--status":
                flag.choices = _listed(flag.help)


def read(program):
    """The program itself and each of its verbs, in the order of its help, from `program --help` and so on."""

    def page(*words):
        text = subprocess.run([program, *words, "--help"], check=True, capture_output=True, text=True).stdout
        return parse(" ".join(words), text)

    main = page()
    found = [main]
    for name in main.verbs:
        verb = page(name)
        found.append(verb)
        found += [page(name, below) for below in verb.verbs]
    if main.verbs:
        _find_choices(found)
    return found
