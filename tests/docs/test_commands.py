"""The commands of each page, run one after the other as a reader would, give what the page shows."""

import pathlib
import sys
import unittest

import pages
import session
from harness import E2ETest

# Blocks of commands that are not run here, and what runs them.
ELSEWHERE = {
    "tools/install-dependencies --to-build\ncmake": "`package.installation` builds and installs, `package.container` has the steps",
    "tools/demo    # builds": "the test `demo` is the one, and the other runs these tests",
    "docker build": "`package.container` looks at each step",
    "apt install ./keitaro-outbox": "`package.installation` installs it, and plays the steps of this page",
    "echo \"ALTERCPA_KEY=": "`package.installation` makes a key so",
    "systemctl enable --now keitaro-outbox\nsystemctl reload caddy": "they need a running systemd; `check` runs elsewhere on the page",
    "keitaro-outbox source url altercpa": "the page runs it a second time, on one machine",
    "keitaro-outbox list": "the page runs it a second time, on one machine",
    "cd /etc/keitaro-outbox": "`package.installation` installs these; they need a running systemd",
    "build/release/bin/keitaro-bench": "the test `bench.short` runs all its cases, on small sizes",
    "tools/soak --minutes": "`docs.claims` runs it, for a shorter time",
    "tools/install-dependencies\ncmake --preset": "tools/test begins so",
    "keitaro-outbox page --db app.db --page": "it serves until it is ended; `e2e.page` runs it",
    "ctest --preset": "tools/test runs these",
}
# Languages that are not commands: what is compared or built by other tests, and what was tried by hand.
OTHER_LANGUAGES = {"text", "toml", "ini", "cmake", "cpp", "demo", "screen", "js", "nginx", "caddy"}


POSTGRESQL = "docs/postgresql.md"


class Commands(E2ETest):
    """A test for each page is added below."""

    def server(self):
        """A PostgreSQL server of the page's own, for its roles and databases; libpq finds it by its environment."""
        sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "postgresql"))
        import cluster  # noqa: PLC0415
        own = cluster.Cluster()
        self.addCleanup(own.remove)
        own.create().start()
        return {"PGHOST": str(own.folder), "PGUSER": "postgres"}

    def every_command_gives_what_the_page_shows(self, name):
        blocks = session.runnable(name)
        variables = self.server() if name == POSTGRESQL else {}
        for block, (code, out, err) in zip(blocks, session.run(blocks, self.folder, variables)):
            with self.subTest(block.text):
                # What the page shows to fail sends its error to stdout, to be compared below.
                if "2>&1" not in block.text:
                    self.assertEqual(code, "0", err)
                if block.shown is not None:
                    self.assertEqual(pages.comparable(out), pages.comparable(block.shown), err)

    def test_blocks_that_are_not_run_here_are_known(self):
        left_out = [block.text for name in pages.names() for block in pages.blocks(name) if block.note == "elsewhere"]
        self.assertGreaterEqual(len(left_out), len(ELSEWHERE))
        for text in left_out:
            self.assertTrue(any(text.startswith(beginning) for beginning in ELSEWHERE), text)
        for beginning in ELSEWHERE:
            self.assertTrue(any(text.startswith(beginning) for text in left_out), beginning)

    def test_no_block_is_of_a_language_that_nobody_looks_at(self):
        languages = {block.language for name in pages.names() for block in pages.blocks(name)}
        self.assertEqual(languages - set(session.RUN_AS) - OTHER_LANGUAGES, set())

    def test_most_commands_are_run(self):
        self.assertGreater(sum(len(session.runnable(name)) for name in pages.names()), 35)


def _add_test(name):
    def test(self):
        self.every_command_gives_what_the_page_shows(name)

    setattr(Commands, "test_commands_of_" + name.replace("/", "_").replace(".md", "").lower(), test)


for _name in pages.names():
    if session.runnable(_name):
        _add_test(_name)


if __name__ == "__main__":
    unittest.main()
