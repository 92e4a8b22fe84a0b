"""A project outside the tree builds against the installed library and delivers in its own process."""

import os
import shutil
import unittest

import harness
from harness import BUILD_DIR, CXX_FLAGS, SOURCE_DIR, E2ETest, run_command

CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")
COMPILER = os.environ.get("KEITARO_OUTBOX_CXX", "")


class Embedding(E2ETest):
    ORDERS = 200

    def succeed(self, *args, timeout=240):
        result = run_command(args, timeout=timeout)
        self.assertEqual(result.code, 0, f"{args}\n{result.out[-3000:]}\n{result.err[-3000:]}")
        return result

    def test_a_foreign_project_builds_on_the_installed_library_and_delivers(self):
        prefix, build, source = self.path("prefix"), self.path("build"), self.path("shop")
        self.succeed(CMAKE, "--install", BUILD_DIR, "--prefix", prefix)
        shutil.copytree(os.path.join(SOURCE_DIR, "tests", "embed"), source)
        settings = [f"-DCMAKE_PREFIX_PATH={prefix}", "-DCMAKE_BUILD_TYPE=Debug", f"-DCMAKE_CXX_FLAGS={CXX_FLAGS} -Wall -Wextra -Werror"]
        if COMPILER:
            settings.append(f"-DCMAKE_CXX_COMPILER={COMPILER}")
        self.succeed(CMAKE, "-S", source, "-B", build, *settings)
        self.succeed(CMAKE, "--build", build)

        sim = self.sim()
        result = self.succeed(os.path.join(build, "shop"), self.db_path, sim.url, self.ORDERS)
        self.assertIn("all is well", result.out)
        self.assertNotIn(harness.KEY, result.out + result.err)
        conversions = sim.conversions()
        by_template = conversions.pop(0)
        self.assertEqual((by_template["sub_id"], by_template["status"], by_template["sub_ids"]),
                         ("37o23c7.1f.381o", "lead", {"sub_id_1": "SUMMER"}))
        self.assertEqual(len(conversions), self.ORDERS + 2)
        self.assertEqual({c["status"] for c in conversions}, {"sale"})
        self.assertEqual({c["revenue"] for c in conversions}, {"12.5"})
        self.assertEqual(sim.stats()["received"], 1 + self.ORDERS + 2, "nothing was sent twice")
        self.assertEqual(self.db.states(), {"delivered": self.ORDERS + 2, "pending": 1})

    def test_the_installed_command_and_schema_work(self):
        prefix = self.path("prefix")
        self.succeed(CMAKE, "--install", BUILD_DIR, "--prefix", prefix)
        command = os.path.join(prefix, "bin", "keitaro-outbox")
        self.succeed(command, "init", "--db", self.db_path)
        schemas = [os.path.join(folder, name) for folder, _, names in os.walk(prefix) for name in names if name == "outbox.sql"]
        self.assertEqual(len(schemas), 1)
        with open(schemas[0], "rb") as installed, open(os.path.join(SOURCE_DIR, "schema", "outbox.sql"), "rb") as source:
            self.assertEqual(installed.read(), source.read())


if __name__ == "__main__":
    unittest.main()
