"""The pages of the repository as they are installed: links lead to where things are then, and commands name those places."""

import argparse
import os
import re
import shutil

# What is installed from a page's folder, by the beginning of its path in the repository. Places are below the prefix.
INSTALLED = {
    "README.md": "share/doc/keitaro-outbox/README.md",
    "CHANGELOG.md": "share/doc/keitaro-outbox/CHANGELOG.md",
    "docs/": "share/doc/keitaro-outbox/docs/",
    "tools/sim/README.md": "share/doc/keitaro-outbox/keitaro-sim.md",
    "tools/altercpa_sim_parts/README.md": "share/doc/keitaro-outbox/altercpa-sim.md",
    "tools/examples/": "share/doc/keitaro-outbox/examples/",
    "tools/bench/growth.svg": "share/doc/keitaro-outbox/docs/pictures/growth.svg",
    "tools/observability/": "share/keitaro-outbox/",
    "schema/": "share/keitaro-outbox/",
    "src/keitaro_outbox/": "include/keitaro_outbox/",
}
# What only a checkout has: the words stay, the link goes.
IN_THE_REPOSITORY = ("CONTRIBUTING.md", "SECURITY.md", "LICENSE", "tools/bench/RESULTS.md")
# The same in commands, where the package has them.
IN_COMMANDS = {
    "tools/altercpa-sim": "/usr/share/keitaro-outbox/altercpa-sim",
    "tools/check-writer": "/usr/share/keitaro-outbox/check-writer",
    "tools/examples/": "/usr/share/doc/keitaro-outbox/examples/",
    "schema/outbox.sql": "/usr/share/keitaro-outbox/outbox.sql",
    "schema/outbox.postgresql-notify.sql": "/usr/share/keitaro-outbox/outbox.postgresql-notify.sql",
}
HOME = "share/doc/keitaro-outbox"
_LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s#]*)(#[^)\s]*)?\)")


def place_of(path):
    """Where a file of the repository is installed, or None."""
    for beginning, place in INSTALLED.items():
        if path == beginning or beginning.endswith("/") and path.startswith(beginning):
            return place + path[len(beginning) :]
    return None


def as_installed(text, path):
    here = os.path.dirname(place_of(path))

    def relink(match):
        picture, words, target, anchor = match.group(1), match.group(2), match.group(3), match.group(4) or ""
        if not target or "://" in target:
            return match.group()
        source = os.path.normpath(os.path.join(os.path.dirname(path), target))
        place = place_of(source)
        if place is None:
            if source not in IN_THE_REPOSITORY:
                raise SystemExit(f"{path}: {target} is not installed: add it to {os.path.basename(__file__)}")
            return words
        return f"{picture}[{words}]({os.path.relpath(place, here)}{anchor})"

    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    for n, part in enumerate(parts):
        is_block = part.startswith("```")
        if not is_block:
            part = _LINK.sub(relink, part)
        for told, place in IN_COMMANDS.items():
            part = re.sub(rf"(?<![\w/.-]){re.escape(told)}", place, part)
        parts[n] = part
    return "".join(parts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--source", required=True, help="the repository")
    arguments.add_argument("--out", required=True, help="the folder that becomes " + HOME)
    args = arguments.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)

    def target(path):
        name = os.path.join(args.out, os.path.relpath(place_of(path), HOME))
        os.makedirs(os.path.dirname(name), exist_ok=True)
        return name

    pages = ["README.md", "CHANGELOG.md", "tools/sim/README.md", "tools/altercpa_sim_parts/README.md", "tools/examples/README.md"]
    pages += sorted(f"docs/{name}" for name in os.listdir(os.path.join(args.source, "docs")) if name.endswith(".md"))
    for path in pages:
        with open(os.path.join(args.source, path), encoding="utf-8") as file:
            text = file.read()
        with open(target(path), "w", encoding="utf-8") as file:
            file.write(as_installed(text, path))
    pictures = [f"docs/pictures/{name}" for name in sorted(os.listdir(os.path.join(args.source, "docs", "pictures")))]
    for path in [*pictures, "tools/bench/growth.svg"]:
        shutil.copyfile(os.path.join(args.source, path), target(path))


if __name__ == "__main__":
    main()
