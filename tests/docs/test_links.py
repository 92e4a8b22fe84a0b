"""Every link, anchor and picture of every page leads somewhere; each page says for which version; the README stays short."""

import os
import re
import unittest
import xml.etree.ElementTree

import pages
from harness import COMMAND, SOURCE_DIR, run_command


class Links(unittest.TestCase):
    def test_every_link_and_anchor_leads_somewhere(self):
        found = 0
        for name in pages.names():
            for link in pages.links(name):
                if link.startswith("https://"):
                    continue
                found += 1
                with self.subTest(name, link=link):
                    path, _, anchor = link.partition("#")
                    target = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
                    self.assertTrue(os.path.exists(os.path.join(SOURCE_DIR, target)), "there is no such file")
                    if anchor:
                        self.assertIn(anchor, pages.anchors(target))
        self.assertGreater(found, 150)

    def test_every_page_can_be_reached_from_the_readme_in_two_clicks(self):
        def targets(name):
            paths = [link.partition("#")[0] for link in pages.links(name)]
            return {os.path.normpath(os.path.join(os.path.dirname(name), path)) for path in paths if path and not path.startswith("https:")}

        first = targets(pages.README)
        second = {target for name in first & set(pages.names()) for target in targets(name)}
        self.assertEqual(set(pages.names()) - first - second - {pages.README}, set())

    def test_every_heading_is_in_its_pages_list(self):
        for name in pages.names():
            page = pages.text(name)
            if "**On this page:**" not in page:
                continue
            with self.subTest(name):
                listed = re.findall(r"\(#([\w-]+)\)", page.split("**On this page:**")[1].split("\n\n")[0])
                ranked = re.findall(r"^## (.*)$", pages.without_blocks(name), re.MULTILINE)
                self.assertEqual(len(listed), len(ranked), "a heading is missing, or one too many")

    def test_every_page_says_for_which_version(self):
        version = run_command([COMMAND, "--version"]).out.strip().rpartition(" ")[2].rpartition(".")[0]
        self.assertRegex(version, r"^\d+\.\d+$")
        for name in pages.names():
            if name.startswith("docs/") or name in (pages.README, pages.SIM, pages.ALTERCPA_SIM):
                with self.subTest(name):
                    self.assertRegex(pages.text(name), rf"[Ff]or version {re.escape(version)}\b")

    def test_the_readme_is_short(self):
        self.assertLessEqual(len(pages.text(pages.README).encode()), 10 * 1024)

    def test_pictures_are_well_made(self):
        pictures = {link for name in pages.names() for link in pages.links(name) if link.endswith(".svg")}
        self.assertGreaterEqual(len(pictures), 3)
        folder = os.path.join(SOURCE_DIR, "docs", "pictures")
        for picture in sorted(os.listdir(folder)):
            with self.subTest(picture):
                if picture.endswith(".png"):
                    with open(os.path.join(folder, picture), "rb") as file:
                        drawn = file.read()
                    self.assertTrue(drawn.startswith(b"\x89PNG\r\n"))
                    self.assertLess(len(drawn), 250_000, "tools/draw-page makes them small")
                    continue
                root = xml.etree.ElementTree.parse(os.path.join(folder, picture)).getroot()
                self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
                self.assertTrue(any(picture in link for link in pictures), "no page shows it")


if __name__ == "__main__":
    unittest.main()
