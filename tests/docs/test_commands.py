"""The README's commands, run one after the other as a reader would, give what the page shows."""

import os
import signal
import socket
import subprocess
import unittest

import page
from harness import COMMAND, SIM, E2ETest, clean_environment

# Blocks of commands that are not run here, and what runs them.
ELSEWHERE = {
    "tools/demo    # installs": "the test `demo` is the one, and the other runs these tests",
    "keitaro-outbox init --db shop.db\nsqlite3 shop.db < tools/examples": "`readme.check_writer` runs it",
    "tools/install-dependencies --to-build\ncmake": "`package.installation` builds and installs, `package.container` has the steps",
    "docker build": "`package.container` looks at each step",
    "cd /etc/keitaro-outbox": "`package.installation` installs these; they need a running systemd",
    "build/release/bin/keitaro-bench": "the test `bench.short` runs all its cases, on small sizes",
    "tools/soak --minutes": "`readme.claims` runs it, for a shorter time",
    "tools/install-dependencies\ncmake --preset": "tools/test begins so, and `readme.embedding` installs",
}

# A reader pauses for things to happen; here each pause of whole seconds, and each gap between two blocks, lasts until they have.
PRELUDE = """
settle() {
  local _
  for _ in $(seq 1200); do
    if (exec 3<>/dev/tcp/127.0.0.1/$TOUR_PORT) 2>/dev/null &&
      { [ ! -s app.db ] || [ -z "$(sqlite3 -cmd '.timeout 10000' app.db "
          SELECT 1 FROM outbox
           WHERE state = 'pending' AND due_at < (julianday('now') - 2440587.5) * 86400000 + 60000
           LIMIT 1" 2>/dev/null)" ]; }
    then return 0; fi
    command sleep 0.05
  done
  echo "nothing settled within a minute" >&2
  return 1
}
sleep() {
  case $1 in
    *.*) command sleep "$1" ;;
    *) settle ;;
  esac
}
"""
AS_SHELL = {
    "sh": "{text}",
    "sql": "sqlite3 app.db <<'END_OF_SQL'\n{text}END_OF_SQL\n",
    "python": "/usr/bin/python3 - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON\n",
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Tour(E2ETest):
    def run_in_one_shell(self, blocks, port, metrics_port):
        """Gives (exit code, stdout, stderr) of each block."""
        os.makedirs(self.path("checkout/build/release/bin"))
        for program, name in ((COMMAND, "keitaro-outbox"), (SIM, "keitaro-sim")):
            os.symlink(program, self.path(f"checkout/build/release/bin/{name}"))
        script = PRELUDE
        for number, block in enumerate(blocks):
            code = AS_SHELL[block.language].format(text=block.text)
            out = self.path(f"{number}")
            script += f"{{\n{code}\n}} >{out}.out 2>{out}.err </dev/null; echo $? >{out}.code\n"
            script += f"settle || echo unsettled >{out}.code\n"
        shell = subprocess.Popen(
            ["/bin/bash", "--noprofile", "--norc", "-c", script.replace(page.TOUR_ADDRESS, f"127.0.0.1:{port}")
             .replace(page.METRICS_ADDRESS, f"127.0.0.1:{metrics_port}")],
            cwd=self.path("checkout"),
            env=clean_environment({"TMPDIR": self.folder, "TOUR_PORT": str(port)}),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            shell.wait(timeout=200)
        finally:
            os.killpg(shell.pid, signal.SIGKILL)
            shell.wait()
        for number in range(len(blocks)):
            yield tuple(self.read(f"{number}.{kind}") for kind in ("code", "out", "err"))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def test_every_block_of_commands_works_and_gives_what_the_page_shows(self):
        blocks = [block for block in page.blocks() if block.language in AS_SHELL and block.note != "elsewhere"]
        self.assertGreater(len(blocks), 10)
        port = free_port()
        for block, (code, out, err) in zip(blocks, self.run_in_one_shell(blocks, port, free_port())):
            with self.subTest(block.text):
                # What the page shows to fail sends its error to stdout, to be compared below.
                if "2>&1" not in block.text:
                    self.assertEqual(code, "0\n", err)
                if block.shown is not None:
                    out = out.replace(f"127.0.0.1:{port}", page.TOUR_ADDRESS)
                    self.assertEqual(page.comparable(out), page.comparable(block.shown), err)

    def test_blocks_that_are_not_run_here_are_known(self):
        left_out = [block.text for block in page.blocks() if block.note == "elsewhere"]
        self.assertEqual(len(left_out), len(ELSEWHERE))
        for text, beginning in zip(left_out, ELSEWHERE):
            self.assertTrue(text.startswith(beginning), text)


if __name__ == "__main__":
    unittest.main()
