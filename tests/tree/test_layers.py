"""Knowledge flows one way: cli → app → service → worker → {delivery, sqlite, http} → ports → core."""

import os
import pathlib
import re
import unittest

SOURCE = pathlib.Path(os.environ["KEITARO_OUTBOX_SOURCE_DIR"]) / "src"

# src/main.cpp is the command's front door.
PUBLIC = {"keitaro_outbox"}
MAY_INCLUDE = {
    "main.cpp": {"app", "cli"},
    "keitaro_outbox": PUBLIC,
    "core": {"core"},
    "ports": {"ports", "core"},
    "sqlite": {"sqlite", "ports", "core"} | PUBLIC,
    "http": {"http", "ports", "core"} | PUBLIC,
    "delivery": {"delivery", "ports", "core"},
    "worker": {"worker", "delivery", "sqlite", "http", "ports", "core"} | PUBLIC,
    "service": {"service", "worker", "delivery", "sqlite", "http", "ports", "core"} | PUBLIC,
    "app": {"app", "service", "worker", "delivery", "sqlite", "http", "ports", "core"} | PUBLIC,
    "cli": {"cli", "app", "service", "worker", "delivery", "sqlite", "http", "ports", "core"} | PUBLIC,
}


class Layers(unittest.TestCase):
    def test_every_folder_has_its_place(self):
        folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
        self.assertEqual(folders, set(MAY_INCLUDE) - {"main.cpp"})

    def test_no_folder_includes_what_stands_above_or_beside_it(self):
        wrong = []
        files = [*SOURCE.rglob("*.hpp"), *SOURCE.rglob("*.cpp")]
        self.assertGreater(len(files), 50)
        for file in files:
            folder = file.relative_to(SOURCE).parts[0]
            for included in re.findall(r'^#include "([^"/]+)/', file.read_text(), re.MULTILINE):
                if included not in MAY_INCLUDE[folder]:
                    wrong.append(f"{file.relative_to(SOURCE)} includes {included}/")
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    unittest.main()
