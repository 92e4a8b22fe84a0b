"""The example of embedding builds on the installed library, delivers, and ends on its second run as well."""

import os
import re
import unittest

import pages
from harness import BUILD_DIR, E2ETest, run_command

CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")
COMPILER = os.environ.get("KEITARO_OUTBOX_CXX", "")
CXX_FLAGS = os.environ.get("KEITARO_OUTBOX_CXX_FLAGS", "")
PAGE = "docs/embedding.md"


class Embedding(E2ETest):
    def succeed(self, *args):
        result = run_command(args, timeout=240)
        self.assertEqual(result.code, 0, f"{args}\n{result.out[-3000:]}\n{result.err[-3000:]}")
        return result

    def test_the_example_builds_and_delivers_and_a_second_run_adds_nothing(self):
        sim = self.sim()
        os.mkdir(self.path("shop"))
        self.write("shop/CMakeLists.txt", pages.only_block(PAGE, "cmake"))
        code, replaced = re.subn(r'"http://127\.0\.0\.1:8787/secret/postback"', f'"{sim.url}"', pages.only_block(PAGE, "cpp", "#include <sqlite3.h>"))
        self.assertEqual(replaced, 1)
        self.write("shop/main.cpp", code.replace('"shop.db"', f'"{self.path("shop.db")}"'))

        prefix, build = self.path("prefix"), self.path("build")
        self.succeed(CMAKE, "--install", BUILD_DIR, "--prefix", prefix)
        compiler = [f"-DCMAKE_CXX_COMPILER={COMPILER}"] if COMPILER else []
        self.succeed(CMAKE, "-S", self.path("shop"), "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}",
                     f"-DCMAKE_CXX_FLAGS={CXX_FLAGS} -Wall -Wextra -Werror", *compiler)
        self.succeed(CMAKE, "--build", build)
        shop = os.path.join(build, "shop")
        self.assertEqual(self.succeed(shop).out, "1 delivered, 0 still pending\n")
        (conversion,) = sim.conversions()
        self.assertEqual((conversion["sub_id"], conversion["status"], conversion["revenue"]), ("2kdh2ke", "sale", "12.5"))
        self.assertEqual(self.succeed(shop).out, "order 9 is there already\n0 delivered, 0 still pending\n")
        self.assertEqual(len(sim.received()), 1)

    def test_the_example_for_postgresql_compiles_against_the_installed_headers(self):
        prefix = self.path("prefix")
        self.succeed(CMAKE, "--install", BUILD_DIR, "--prefix", prefix)
        code = self.write("pay.cpp", pages.only_block(PAGE, "cpp", "#include <keitaro_outbox/postgresql.hpp>"))
        includes = self.succeed("pkg-config", "--cflags", "libpq").out.split()
        self.succeed(COMPILER or "c++", "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{prefix}/include", *includes, code)


if __name__ == "__main__":
    unittest.main()
