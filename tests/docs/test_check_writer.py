"""The README's commands for the examples and for tools/check-writer give what the page shows."""

import os
import unittest

import page
from harness import COMMAND, SOURCE_DIR, E2ETest, run_command


class CheckWriter(E2ETest):
    def test_the_example_is_found_faultless_as_the_page_shows(self):
        (block,) = [block for block in page.blocks() if "tools/check-writer" in block.text]
        os.symlink(os.path.join(SOURCE_DIR, "tools"), self.path("tools"))
        os.mkdir(self.path("bin"))
        os.symlink(COMMAND, self.path("bin/keitaro-outbox"))
        # The system's Python before any other, as elsewhere in these tests.
        path = ":".join([self.path("bin"), "/usr/bin", "/bin"])
        result = run_command(["/bin/bash", "-c", f"cd {self.folder} && set -e\n{block.text}"], env={"PATH": path, "TMPDIR": self.folder})
        self.assertEqual((result.code, result.err), (0, ""), result.out)
        self.assertEqual(page.comparable(result.out), page.comparable(block.shown))
        self.assertEqual(sorted(os.listdir(self.folder)), ["bin", "shop.db", "tools"], "it left something behind")


if __name__ == "__main__":
    unittest.main()
