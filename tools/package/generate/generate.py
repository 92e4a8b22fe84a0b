"""Writes the manual pages (compressed) and the completions of built programs. Run by the build.

usage: generate.py --pages DIR --changelog FILE --out DIR PROGRAM...

A page DIR/NAME.1.in has lines `@flags@`, `@commands@` and `@more@` where the program's own help is put in. All have the version and
the date of the changelog's latest entry.
"""

import argparse
import email.utils
import gzip
import pathlib
import re

import bash_completion
import command_help
import roff
import zsh_completion

# Told once, for all verbs.
COMMON = ("--help", "--version", "--db", "--config", "--json")


def title(name, section, changelog):
    version = re.search(r"\(([^)]+)\)", changelog).group(1)
    date = email.utils.parsedate_to_datetime(re.search(r"^ -- .*>  (.*)$", changelog, re.MULTILINE).group(1))
    return f'.TH {name.upper()} {section} "{date:%Y-%m-%d}" "keitaro-outbox {version}"'


def parts(name, verbs):
    """What the marks of a page stand for."""
    main, *below = verbs
    synopses = [roff.synopsis(name, verb) for verb in below if not verb.verbs] or [roff.synopsis(name, main)]
    return {
        "@synopsis@": "\n.br\n".join(synopses),
        "@flags@": "\n".join(roff.group_sections(main, COMMON)),
        "@commands@": "\n".join(line for verb in below for line in roff.verb_section(verb, COMMON)),
        "@more@": "\n".join(roff.paragraphs(main.more)[1:]),
    }


def write_page(source, changelog, verbs_of, out):
    name, section = source.name.removesuffix(".in").rsplit(".", 1)
    text = source.read_text(encoding="utf-8")
    for mark, part in {"@title@": title(name, section, changelog), **(parts(name, verbs_of[name]) if name in verbs_of else {})}.items():
        text = re.sub(f"^{mark}$", lambda _: part, text, flags=re.MULTILINE)
    (out / f"{name}.{section}.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pages", type=pathlib.Path, required=True)
    parser.add_argument("--changelog", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("programs", nargs="+")
    arguments = parser.parse_args()
    verbs_of = {pathlib.Path(program).name: command_help.read(program) for program in arguments.programs}
    changelog = arguments.changelog.read_text(encoding="utf-8")
    for folder in ("man", "bash", "zsh"):
        (arguments.out / folder).mkdir(parents=True, exist_ok=True)
    for source in arguments.pages.glob("*.in"):
        name = source.name.split(".")[0]
        if name in verbs_of:
            write_page(source, changelog, verbs_of, arguments.out / "man")
    for program, verbs in verbs_of.items():
        (arguments.out / "bash" / program).write_text(bash_completion.write(program, verbs), encoding="utf-8")
        (arguments.out / "zsh" / f"_{program}").write_text(zsh_completion.write(program, verbs), encoding="utf-8")


if __name__ == "__main__":
    main()
