"""The Dockerfile, which is not run here: each step finds what it needs, in the repository and in the package."""

import os
import re
import shutil
import unittest

from harness import SOURCE_DIR, E2ETest, run_command

CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")


def instructions():
    """Pairs of a word and its arguments, lines put together."""
    with open(os.path.join(SOURCE_DIR, "tools", "package", "Dockerfile"), encoding="utf-8") as file:
        text = re.sub(r"^#.*\n", "", file.read(), flags=re.MULTILINE).replace("\\\n", " ")
    return [tuple(line.split(None, 1)) for line in text.splitlines() if line.strip()]


class Container(E2ETest):
    def copied(self, to):
        """Lays down what the first stage copies, as it does."""
        for word, arguments in instructions():
            if word != "COPY" or arguments.startswith("--from="):
                continue
            *sources, target = arguments.split()
            for name in sources:
                source, place = os.path.join(SOURCE_DIR, name), os.path.join(to, target)
                if os.path.isdir(source):
                    shutil.copytree(source, place, dirs_exist_ok=True)
                else:
                    os.makedirs(place, exist_ok=True)
                    shutil.copy(source, place)

    def test_what_is_copied_is_all_that_the_build_asks_for(self):
        tree = self.path("source")
        self.copied(tree)
        (command,) = [arguments for word, arguments in instructions() if word == "RUN" and "cmake --preset" in arguments]
        configure, build = command.split("&&")
        self.assertEqual(configure.split()[:2], ["cmake", "--preset"])
        done = run_command([CMAKE, "-S", tree, *configure.split()[1:], "-DCMAKE_UNITY_BUILD=OFF"], timeout=120)
        self.assertEqual(done.code, 0, done)
        self.assertEqual(build.split()[:4], ["cmake", "--build", "--preset", "release"])
        listed = run_command(["ninja", "-C", os.path.join(tree, "build", "release"), "-t", "commands", build.split()[-1]], timeout=120)
        self.assertEqual(listed.code, 0, listed)
        for step in ("src/main.cpp", "generate.py", "/cpack "):
            self.assertIn(step, listed.out)

    def test_what_is_installed_is_told_by_the_one_list_there_is(self):
        steps = [arguments for word, arguments in instructions() if word == "RUN"]
        self.assertEqual(steps[0], "tools/install-dependencies --to-build")
        installed = re.findall(r"apt-get install (.*?)&&", " ".join(steps))
        self.assertEqual([re.findall(r" [^- ]\S*", arguments) for arguments in installed], [[" /built/keitaro-outbox_*.deb"]])
        refused = run_command(["bash", "-n", os.path.join(SOURCE_DIR, "tools", "install-dependencies")])
        self.assertEqual(refused.code, 0, refused)

    def test_it_needs_nothing_that_the_docker_of_debian_lacks(self):
        """20.10 without BuildKit knows neither mounts, nor texts in place, nor flags of COPY but two."""
        for word, arguments in instructions():
            with self.subTest(word, arguments=arguments):
                self.assertIn(word, ("FROM", "WORKDIR", "COPY", "RUN", "USER", "ENV", "EXPOSE", "ENTRYPOINT", "CMD"))
                self.assertNotIn("<<", arguments)
                flags = {words.split("=")[0] for words in arguments.split() if words.startswith("--")} if word in ("COPY", "FROM") else set()
                self.assertLessEqual(flags, {"--from", "--chown"})
                self.assertFalse(word == "RUN" and arguments.startswith("--"), "a mount")
        with open(os.path.join(SOURCE_DIR, "tools", "package", "Dockerfile"), encoding="utf-8") as file:
            self.assertNotRegex(file.readline(), r"^# *syntax=")

    def test_it_runs_as_a_user_of_no_rights_in_the_system_the_package_is_for(self):
        words = instructions()
        self.assertEqual({arguments.split()[0] for word, arguments in words if word == "FROM"}, {"debian:12-slim"})
        last_stage = words[max(n for n, (word, _) in enumerate(words) if word == "FROM"):]
        (user,) = [arguments for word, arguments in last_stage if word == "USER"]
        self.assertRegex(user, r"^[1-9]\d*:[1-9]\d*$")
        self.assertIn(("ENTRYPOINT", '["keitaro-outbox"]'), last_stage)


if __name__ == "__main__":
    unittest.main()
