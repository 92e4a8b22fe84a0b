"""`cmake --install` lays down what the package holds in any prefix, and tells it where it stands."""

import os
import re
import unittest

from harness import BUILD_DIR, E2ETest, run_command

CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")


class Prefix(E2ETest):
    def test_what_is_installed_stands_where_the_prefix_has_it_and_knows_its_place(self):
        prefix = self.path("prefix")
        done = run_command([CMAKE, "--install", BUILD_DIR, "--prefix", prefix], timeout=120)
        self.assertEqual(done.code, 0, done)
        for name in ("bin/keitaro-outbox", "bin/keitaro-sim", "share/man/man1/keitaro-outbox.1.gz", "share/man/man5/keitaro-outbox.toml.5.gz",
                     "share/bash-completion/completions/keitaro-outbox", "share/zsh/site-functions/_keitaro-outbox",
                     "share/keitaro-outbox/outbox.sql", "share/keitaro-outbox/grafana-dashboard.json", "share/keitaro-outbox/config/outbox.toml"):
            self.assertTrue(os.path.exists(os.path.join(prefix, name)), name)
        for unit in ("keitaro-outbox.service", "keitaro-outbox@.service"):
            with open(os.path.join(prefix, "lib/systemd/system", unit), encoding="utf-8") as file:
                commands = re.findall(r"^ExecStart\w*=(.+)", file.read(), re.MULTILINE)
            # By itself, or by a shell that looks first whether there is a file to migrate.
            called = [re.search(r"/\S*keitaro-outbox(?= (?:run|init)\b)", command) for command in commands]
            self.assertGreaterEqual(len(called), 2)
            self.assertEqual({found and found.group() for found in called}, {os.path.join(prefix, "bin", "keitaro-outbox")})
        self.assertEqual([name for name in os.listdir(prefix) if name not in ("bin", "include", "lib", "lib64", "share")], [])


if __name__ == "__main__":
    unittest.main()
