"""Text as man pages want it, and the parts of a page that tell a program's flags."""

import re
import textwrap

_ESCAPES = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti"})


def escaped(text):
    """One line of plain text."""
    text = re.sub(r"[^\x00-\x7f]", lambda c: f"\\[u{ord(c.group()):04X}]", text.translate(_ESCAPES))
    return "\\&" + text if text[:1] in (".", "'", "\\") else text


def with_code(text):
    """The same, with what stands in `backquotes` in bold."""
    parts = [escaped(part) for part in text.split("`")]
    return "".join(f"\\fB{part}\\fR" if n % 2 else part for n, part in enumerate(parts))


def literal(lines):
    return ["", ".EX", *(escaped(line) for line in lines), ".EE"]


def filled(text):
    """Running text, in lines that can be read in the source too."""
    return [with_code(line) for line in textwrap.wrap(text, 76, break_long_words=False, break_on_hyphens=False)]


def sentence(text, choices=()):
    """What a help says without capital and full stop. A value that is to be typed keeps its case."""
    first = re.match(r"\w+", text)
    typed = not first or first.group() in choices or "_" in first.group()
    return (text if typed else text[:1].upper() + text[1:]) + "."


def flag_lines(flag):
    words = f"\\fB{escaped(flag.name)}\\fR" + (f" \\fI{escaped(flag.value)}\\fR" if flag.value else "")
    default = f" ({flag.default})" if flag.default else ""
    return [".TP", words + (" ..." if flag.repeated else ""), *filled(sentence(flag.help + default, flag.choices))]


def paragraphs(text):
    """What a help says below its flags: its examples and tables stay as they are written, the rest is filled."""
    lines = []
    for paragraph in text.split("\n\n"):
        if not paragraph.strip():
            continue
        if paragraph.startswith("Example: "):
            command, *further = paragraph.removeprefix("Example: ").splitlines()
            lines += [".PP", "Example:", ".RS 4", *literal([command, *("    " + line.strip() for line in further)])[1:], ".RE"]
        elif re.search(r"^  ", paragraph, re.MULTILINE):
            lines += [".PP", *literal(paragraph.splitlines())[1:]]
        else:
            lines += [".PP", *filled(paragraph)]
    return lines


def synopsis(program, verb):
    words = [f"\\fB{escaped(program)}" + (f" {escaped(verb.name)}" if verb.name else "") + "\\fR", "[\\fIflags\\fR]"]
    for argument in verb.arguments:
        words.append(f"[\\fI{argument.name}\\fR ...]" if argument.repeated else f"\\fI{argument.name}\\fR")
    return " ".join(words)


def verb_section(verb, left_out):
    """A verb's part of a page; `left_out` are flags that the page tells elsewhere, for all verbs."""
    words = [verb.name, *(f"[{a.name} ...]" if a.repeated else a.name for a in verb.arguments)]
    lines = [f'.SS "{escaped(" ".join(words))}"', *filled(sentence(verb.summary))]
    lines += paragraphs(verb.more)
    for argument in verb.arguments:
        lines += [".TP", f"\\fI{argument.name}\\fR", *flag_lines(argument)[2:]]
    for flag in verb.flags:
        if flag.name not in left_out:
            lines += flag_lines(flag)
    return lines


def group_sections(verb, left_out):
    """The flags of a program without verbs, under the headings of its help."""
    lines = []
    for title, flags in verb.groups.items():
        shown = [flag for flag in flags if flag.name not in left_out]
        lines += [f'.SS "{escaped(title)}"'] if shown else []
        for flag in shown:
            lines += flag_lines(flag)
    return lines
