"""Knowledge flows one way: each room includes only what stands below it."""

import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["KEITARO_OUTBOX_SOURCE_DIR"]) / "src"

PUBLIC = {"keitaro_outbox"}
# A room is a folder, or one inside another where the two may include different things.
MAY_INCLUDE = {
    "main.cpp": {"app", "cli", "config", "ports", "process"},
    "keitaro_outbox": PUBLIC,
    "core": {"core"},
    "process": {"process"},
    "ports": {"ports", "core"} | PUBLIC,
    # What the stores do alike.
    "stores": {"stores", "ports", "core"},
    "sqlite": {"sqlite", "stores", "ports", "core", "process"} | PUBLIC,
    "postgresql": {"postgresql", "stores", "ports", "core", "process"} | PUBLIC,
    "http/client": {"http/client", "ports", "core", "process"} | PUBLIC,
    "http/server": {"http/server", "ports", "core", "process"},
    "delivery": {"delivery", "ports", "core"},
    "intake": {"intake", "ports", "core", "process"} | PUBLIC,
    "worker": {"worker", "delivery", "ports", "core", "process"},
    "readback": {"readback", "ports", "core"},
    "monitoring": {"monitoring", "worker", "delivery", "http/client", "http/server", "ports", "core"} | PUBLIC,
    "config": {"config", "worker", "delivery", "intake", "http/server", "ports", "core"} | PUBLIC,
    "log": {"log", "config", "worker", "delivery", "ports", "core"} | PUBLIC,
    "files": {"files", "config", "ports", "core", "process"} | PUBLIC,
    # What is told of an outbox, whoever asks: lines of text and values to print.
    "report": {"report", "config", "log", "files", "delivery", "ports", "core"} | PUBLIC,
    # The page for people, over the ports alone.
    "web": {"web", "report", "config", "log", "files", "delivery", "intake", "ports", "core"} | PUBLIC,
    "cli": {"cli", "report", "config", "log", "files", "worker", "delivery", "ports", "core", "process"} | PUBLIC,
}
EVERYTHING = set(MAY_INCLUDE) - {"main.cpp"}
# The two places that name a store: what is part of the library, and the command's own wiring.
MAY_INCLUDE["app/backend"] = {"app/backend", "sqlite", "postgresql", "http/client", "worker", "delivery", "ports", "core", "process"} | PUBLIC
MAY_INCLUDE["app"] = EVERYTHING | {"app", "app/backend"}


ONLY_NESTED = {name.split("/")[0] for name in MAY_INCLUDE if "/" in name} - set(MAY_INCLUDE)


def room_of(path):
    """The longest beginning of the path that is a room, else its folder."""
    parts = pathlib.PurePath(path).parts
    nested = "/".join(parts[:2])
    return nested if nested in MAY_INCLUDE or parts[0] in ONLY_NESTED else parts[0]


class Layers(unittest.TestCase):
    def test_every_room_has_its_place(self):
        rooms = {room_of(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.?pp") if path.parent != SOURCE}
        self.assertEqual(rooms, set(MAY_INCLUDE) - {"main.cpp"})

    def test_no_room_includes_what_stands_above_or_beside_it(self):
        wrong = []
        files = [*SOURCE.rglob("*.hpp"), *SOURCE.rglob("*.cpp")]
        self.assertGreater(len(files), 50)
        for file in files:
            room = room_of(file.relative_to(SOURCE))
            for included in re.findall(r'^#include "([^"]+/[^"]+)"', file.read_text(), re.MULTILINE):
                if room_of(included) not in MAY_INCLUDE[room]:
                    wrong.append(f"{file.relative_to(SOURCE)} includes {included}")
        self.assertEqual(wrong, [])

    def test_no_folder_is_too_full_to_read(self):
        full = {}
        for folder in [SOURCE, *(path for path in SOURCE.rglob("*") if path.is_dir() and "sql" not in path.name)]:
            files = sum(1 for path in folder.iterdir() if path.is_file())
            if files > 26:
                full[str(folder.relative_to(SOURCE))] = files
        self.assertEqual(full, {})

    def test_each_invariant_of_the_commit_path_names_a_test_that_is_there(self):
        page = (SOURCE / "sqlite" / "durability" / "README.md").read_text()
        named = set(re.findall(r"`([A-Z]\w+)\.([A-Z]\w+)`", page))
        self.assertGreater(len(named), 10)
        tests = "".join(path.read_text() for path in (SOURCE.parent / "tests").rglob("*_test.cpp"))
        there = set(re.findall(r"TEST(?:_F|_P)?\((\w+),\s*(\w+)\)", tests))
        self.assertEqual(named - there, set())


if __name__ == "__main__":
    unittest.main()
