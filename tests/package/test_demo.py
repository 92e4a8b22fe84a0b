"""What tools/demo asks for on a machine that has nothing yet: no server, and nothing that only tests and benches need."""

import os
import shutil
import unittest

from harness import SOURCE_DIR, E2ETest, run_command

# Stand-ins that note what they are asked for. Nothing is installed, and building ends the demo.
STAND_INS = {
    "dpkg-query": "",
    "apt-get": 'echo "apt-get $*" >>"$ASKED"',
    "sudo": 'exec "$@"',
    "cmake": 'echo "cmake $*" >>"$ASKED"; [[ $1 != --build ]]',
}


class Demo(E2ETest):
    def asked(self):
        os.makedirs(self.path("source/tools"))
        for name in ("demo", "install-dependencies"):
            shutil.copy(os.path.join(SOURCE_DIR, "tools", name), self.path("source/tools"))
        os.makedirs(self.path("bin"))
        for name, script in STAND_INS.items():
            os.chmod(self.write(f"bin/{name}", f"#!/bin/bash\n{script}\n"), 0o755)
        result = run_command([self.path("source/tools/demo")], env={
            "PATH": f"{self.path('bin')}:{os.environ['PATH']}", "ASKED": self.path("asked"), "KEITARO_OUTBOX_BIN": "", "KEITARO_SIM_BIN": ""})
        self.assertEqual(result.code, 1, result)
        with open(self.path("asked"), encoding="utf-8") as file:
            return file.read().splitlines()

    def test_it_installs_and_builds_what_trying_needs_alone(self):
        update, install, configure, build = self.asked()
        self.assertRegex(update, "^apt-get update")
        packages = set(install.split())
        self.assertLessEqual({"g++", "cmake", "libsqlite3-dev", "sqlite3", "curl"}, packages)
        self.assertFalse({name for name in packages if name.startswith(("nginx", "libgtest", "libgmock", "zsh", "systemd", "man", "fakeroot"))})
        self.assertIn("-DKEITARO_OUTBOX_BUILD_TESTS=OFF", configure)
        self.assertEqual(build.partition("--target ")[2].split(), ["keitaro-outbox", "keitaro-sim"])


if __name__ == "__main__":
    unittest.main()
