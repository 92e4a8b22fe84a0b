"""The package for Debian, built from the built tree and tried on a machine that it cannot spoil: installed, used, removed, purged."""

import glob
import hashlib
import json
import os
import re
import shlex
import sqlite3
import subprocess
import tempfile
import unittest
import urllib.request

import machine
from harness import BUILD_DIR, CXX_FLAGS, KEY, SOURCE_DIR, Process, run_command, wait_until

CPACK = os.path.join(os.path.dirname(os.environ.get("KEITARO_OUTBOX_CMAKE", "")), "cpack")
COMPILER = os.environ.get("KEITARO_OUTBOX_CXX", "c++")
SHOP = r"""
#include <sqlite3.h>

#include <keitaro_outbox/outbox.hpp>
#include <keitaro_outbox/version.hpp>
#include <keitaro_outbox/worker.hpp>

int main(int, char** argv) {
  sqlite3* db = nullptr;
  if (sqlite3_open(argv[1], &db) != SQLITE_OK) return 1;
  keitaro_outbox::install_schema(db);
  keitaro_outbox::Conversion sale;
  sale.subid = argv[2];
  sale.status = "sale";
  keitaro_outbox::append(db, sale);
  sqlite3_close(db);
  keitaro_outbox::WorkerOptions options;
  options.database = argv[1];
  options.trackers = {keitaro_outbox::Tracker{}};
  options.trackers[0].url = "https://tracker.example/key/postback";
  keitaro_outbox::Worker worker(options);
}
"""
SHOP_BUILD = """
cmake_minimum_required(VERSION 3.25)
project(shop LANGUAGES CXX)
find_package(keitaro_outbox 0.1 REQUIRED)
add_executable(shop shop.cpp)
target_link_libraries(shop PRIVATE keitaro_outbox::keitaro_outbox)
"""


def build_package(folder):
    # Compressing it well is for those who download it.
    done = run_command([CPACK, "--config", os.path.join(BUILD_DIR, "CPackConfig.cmake"), "-B", folder,
                        "-D", "CPACK_DEBIAN_COMPRESSION_TYPE=none"], timeout=240)
    assert done.code == 0, done
    (package,) = glob.glob(os.path.join(folder, "*.deb"))
    return package


class Installation(unittest.TestCase):
    """One story: each test stands where the one before has led."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="keitaro-package-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.package = build_package(os.path.join(cls.folder, "built"))
        mounts = tempfile.mkdtemp(prefix="mounts-", dir=cls.folder)
        cls.machine = machine.make(mounts)
        # The mounts of this process' namespace end with it; what stood in the folder before stays to be removed.
        cls.addClassCleanup(lambda: subprocess.run(["umount", "-lR", os.path.join(mounts, "Overlay")], check=False, capture_output=True))
        cls.before = cls.machine.files()
        cls.children = []

    @classmethod
    def tearDownClass(cls):
        for child in cls.children:
            child.end()

    def run_inside(self, program, *args, code=0, env=None, stdin=None):
        """Runs it on that machine, with what would lead it to this one's build left out."""
        done = run_command(self.machine.args(program, *args), env={**self.machine.environment(), **(env or {})}, stdin=stdin, timeout=120)
        self.assertEqual(done.code, code, f"{program} {args}: {done}")
        return done

    def dpkg(self, *args):
        done = run_command(self.machine.dpkg(*args), timeout=120)
        self.assertEqual(done.code, 0, done)
        return done

    def installed(self, path):
        return os.path.lexists(self.machine.root + path)

    def write(self, path, text):
        os.makedirs(os.path.dirname(self.machine.root + path), exist_ok=True)
        with open(self.machine.root + path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_1_it_is_installed_with_all_that_it_depends_on(self):
        self.dpkg("--install", self.give(self.package))
        fields = run_command(["dpkg-deb", "--field", self.package]).out
        needed = re.search(r"^Depends: (.*)$", fields, re.MULTILINE).group(1).split(", ")
        self.assertIn("libsqlite3-0 (>= 3.40)", needed)
        self.assertIn("sqlite3", needed)
        self.assertTrue(any(name.startswith("libcurl4") for name in needed), needed)
        self.assertRegex(fields, r"(?s)Description:.*\bsqlite3\b", "it says what the shell is for")
        for path in ("/usr/bin/keitaro-outbox", "/usr/bin/keitaro-sim", "/usr/include/keitaro_outbox/outbox.hpp",
                     "/usr/share/keitaro-outbox/outbox.sql", "/usr/share/keitaro-outbox/grafana-dashboard.json",
                     "/usr/share/keitaro-outbox/keitaro-outbox.rules.yml", "/usr/share/doc/keitaro-outbox/README.md",
                     "/etc/keitaro-outbox/outbox.toml"):
            self.assertTrue(self.installed(path), path)
        self.assertEqual(os.stat(self.machine.root + "/etc/keitaro-outbox/outbox.env").st_mode & 0o777, 0o600, "it holds the key")
        text = subprocess.run(["strings", self.machine.root + "/usr/bin/keitaro-outbox"], check=True, capture_output=True, text=True).stdout
        self.assertNotIn(SOURCE_DIR + "/", text, "it tells where it was built")

    def test_1_what_holds_a_key_is_hardened(self):
        with open(os.path.join(BUILD_DIR, "CMakeCache.txt"), encoding="utf-8") as file:
            build_type = re.search(r"^CMAKE_BUILD_TYPE:\w+=(\w*)$", file.read(), re.MULTILINE).group(1)
        if build_type not in ("Release", "RelWithDebInfo", "MinSizeRel"):
            self.skipTest("what is compiled without optimisation is for tests")
        for program in ("keitaro-outbox", "keitaro-sim"):
            with self.subTest(program):
                told = run_command(["readelf", "--wide", "--file-header", "--segments", "--dynamic", "--notes", "--dyn-syms",
                                    f"{self.machine.root}/usr/bin/{program}"], env={"LC_ALL": "C"}).out
                self.assertRegex(told, r"Type: +DYN \(Position-Independent Executable")
                self.assertRegex(told, r"\(FLAGS_1\) +Flags: .*\bNOW\b.*\bPIE\b", "bound at start")
                self.assertRegex(told, r"\n +GNU_RELRO ")
                self.assertRegex(told, r"\n +GNU_STACK .* RW +0x")
                self.assertIn("__stack_chk_fail", told)
                self.assertRegex(told, r"\b__\w+_chk\b", "FORTIFY")
                if os.uname().machine == "x86_64":
                    # Debian's start files and SQLiteCpp are compiled without CET, so that the linker leaves its note out: our own code
                    # has the marks at all that is called by pointer, some thousands. Without, there are a few, of the compiler's library.
                    with open(f"{self.machine.root}/usr/bin/{program}", "rb") as file:
                        self.assertGreater(file.read().count(b"\xf3\x0f\x1e\xfa"), 500, "endbr64")

    def give(self, path):
        """A file of this machine, on that one."""
        name = os.path.join("/tmp", os.path.basename(path))
        if not self.machine.whole:
            return path
        with open(path, "rb") as source, open(self.machine.root + name, "wb") as copy:
            copy.write(source.read())
        return name

    def test_2_rows_get_from_the_application_to_the_tracker(self):
        os.makedirs(self.machine.root + "/srv/app")
        database = self.machine.inside("/srv/app/app.db")
        sim = self.start_sim()
        self.run_inside("keitaro-outbox", "init", "--db", database)
        self.run_inside("keitaro-outbox", "add", "--db", database, "--subid", "2kd8s1v", "--status", "approve", "--payout", "12.50")
        with sqlite3.connect(self.machine.root + "/srv/app/app.db") as application:
            application.execute("INSERT INTO outbox (subid, status) VALUES ('2kd9a0c', 'wait')")
        application.close()
        # The configuration as it was installed, but for the tracker's address.
        with open(self.machine.root + "/etc/keitaro-outbox/outbox.toml", encoding="utf-8") as file:
            text, replaced = re.subn(r"https://your-keitaro\.com", sim, file.read())
        self.assertEqual(replaced, 1)
        self.write("/srv/app/outbox.toml", text + "allow_private = true\n")
        drained = self.run_inside("keitaro-outbox", "drain", "--db", database, "--config", self.machine.inside("/srv/app/outbox.toml"),
                                  "--timeout", "30s", env={"KEITARO_KEY": KEY})
        self.assertIn("delivered 2", drained.out)
        with urllib.request.urlopen(sim + "/sim/conversions", timeout=30) as answer:
            arrived = {conversion["sub_id"]: conversion["status"] for conversion in json.loads(answer.read())["conversions"]}
        self.assertEqual(arrived, {"2kd8s1v": "sale", "2kd9a0c": "lead"})

    def test_2_a_call_gets_from_altercpa_to_the_tracker(self):
        """With the settings of the operator's page, but for addresses."""
        sim = self.start_sim()
        with open(os.path.join(SOURCE_DIR, "docs", "altercpa-keitaro.md"), encoding="utf-8") as file:
            settings = re.search(r"^```toml\n(\[intake\].*?)^```$", file.read(), re.MULTILINE | re.DOTALL).group(1)
        for told, here in (("https://your-keitaro.com", sim), ("127.0.0.1:8480", "127.0.0.1:0"), ("https://postback.example.com", "http://127.0.0.1:0")):
            self.assertEqual(settings.count(told), 1)
            settings = settings.replace(told, here)
        self.write("/srv/door/outbox.toml", settings + "allow_private = true\n")
        key = self.run_inside("keitaro-outbox", "source", "key").out.strip()
        environment = {"KEITARO_KEY": KEY, "ALTERCPA_KEY": key, "KEITARO_OUTBOX_DB": self.machine.inside("/srv/door/outbox.db"),
                       "KEITARO_OUTBOX_CONFIG": self.machine.inside("/srv/door/outbox.toml")}
        self.run_inside("keitaro-outbox", "init", env=environment)
        worker = Process("door", self.machine.args("keitaro-outbox", "run"), self.folder, env={**self.machine.environment(), **environment})
        self.children.append(worker)
        port = wait_until(lambda: re.search(r" front_door .*?address=\S*?:(\d+)", worker.stderr()), what=worker.output).group(1)
        templates = self.run_inside("keitaro-outbox", "source", "url", "altercpa", env=environment).out
        self.write("/srv/door/top.txt", templates.replace("//127.0.0.1:0/", f"//127.0.0.1:{port}/"))
        played = self.run_inside(self.machine.inside("/usr/share/keitaro-outbox/altercpa-sim"), "--templates", self.machine.inside("/srv/door/top.txt"),
                                 "--story", "-", stdin="37o23c7-1f-381o wait\n37o23c7-1f-381o approve\n")
        self.assertEqual(played.out, "200 OK\n200 OK\n")

        def arrived():
            with urllib.request.urlopen(sim + "/sim/conversions", timeout=30) as answer:
                return [(conversion["sub_id"], conversion["status"]) for conversion in json.loads(answer.read())["conversions"]]

        wait_until(lambda: arrived() == [("37o23c7.1f.381o", "sale")], what=lambda: f"the sale arrives: {arrived()} {worker.output()}")
        self.assertNotIn(key, worker.output())
        self.assertEqual(worker.terminate(), 0)

    def start_sim(self):
        """The installed simulator; gives the start of its addresses."""
        sim = Process("sim", self.machine.args("keitaro-sim", "--listen", "127.0.0.1:0", "--key", KEY), self.folder)
        self.children.append(sim)
        return wait_until(lambda: re.search(rf"(http://\S+)/{KEY}/postback", sim.stdout()), what=sim.output).group(1)

    def test_2_what_writes_to_the_outbox_is_helped(self):
        self.assertTrue(self.installed("/usr/share/doc/keitaro-outbox/examples/php/shop.php"))
        self.run_inside(self.machine.inside("/usr/share/keitaro-outbox/check-writer"), "--help")
        self.assertTrue(self.installed("/usr/share/doc/keitaro-outbox/examples/nginx/front-door.conf"))
        self.run_inside(self.machine.inside("/usr/share/keitaro-outbox/altercpa-sim"), "--help")

    def test_3_the_documents_lead_to_what_is_there(self):
        home = "/usr/share/doc/keitaro-outbox"
        pages = [name.removeprefix(self.machine.root) for name in glob.glob(f"{self.machine.root}{home}/**/*.md", recursive=True)]
        self.assertGreater(len(pages), 12)
        found = 0
        for page in pages:
            with open(self.machine.root + page, encoding="utf-8") as file:
                text = file.read()
            for tool in ("tools/check-writer", "tools/altercpa-sim"):
                self.assertNotIn(tool, text, page)
            prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
            for link in re.findall(r"\]\(([^)\s#]+)", prose):
                if "://" not in link:
                    found += 1
                    self.assertTrue(self.installed(os.path.normpath(os.path.join(os.path.dirname(page), link))), f"{page}: {link}")
            for path in re.findall(r"(?<![\w.~])/usr/share/[\w./-]*\w", text):
                self.assertTrue(self.installed(path), f"{page}: {path}")
        self.assertGreater(found, 80)

    def test_3_the_manual_names_documents_that_are_there(self):
        shown = self.run_inside("man", "1", "keitaro-outbox", env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PAGER": "cat", "MANPAGER": "cat"}).out
        named = re.findall(r"[\w-]+\.md\b", shown)
        self.assertGreater(len(named), 8)
        for name in named:
            place = "/usr/share/doc/keitaro-outbox/"
            self.assertTrue(self.installed(place + name) or self.installed(place + "docs/" + name), name)

    def test_3_the_manual_can_be_read(self):
        for section, name, words in (("1", "keitaro-outbox", "--resume-restored"), ("5", "keitaro-outbox.toml", "retry_first_delay"),
                                     ("1", "keitaro-sim", "--verdict-delay")):
            page = self.run_inside("man", section, name, env={"MANWIDTH": "80", "LC_ALL": "C.UTF-8", "PAGER": "cat", "MANPAGER": "cat"})
            self.assertIn(words, page.out)

    def test_4_completions_are_loaded_by_the_shells(self):
        # bash-completion reads a completion when its command is first completed.
        loaded = self.run_inside("bash", "--norc", "-c", ". /usr/share/bash-completion/bash_completion; _completion_loader keitaro-outbox; complete -p keitaro-outbox")
        self.assertEqual(loaded.out, "complete -F _keitaro_outbox keitaro-outbox\n")
        folder = self.machine.inside("/usr/share/zsh/vendor-completions")
        more = "" if self.machine.whole else f"fpath=({folder} $fpath); "
        loaded = self.run_inside("zsh", "-fc", more + "autoload -Uz compinit; compinit -u -D; print ${_comps[keitaro-outbox]} ${_comps[keitaro-sim]}; autoload +X _keitaro-outbox")
        self.assertEqual(loaded.out, "_keitaro-outbox _keitaro-sim\n")

    def test_5_the_units_are_right(self):
        if not self.machine.whole:
            self.skipTest("systemd-analyze wants a whole system around them")
        folder = "/lib/systemd/system/"
        done = self.run_inside("systemd-analyze", "verify", folder + "keitaro-outbox.service", folder + "keitaro-outbox@.service", env={"SYSTEMD_OFFLINE": "1"})
        self.assertEqual([line for line in done.err.splitlines() if "keitaro" in line], [])
        for unit in ("keitaro-outbox.service", "keitaro-outbox@.service"):
            self.run_inside("systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", unit)

    def test_5_the_services_migrate_a_database_of_an_older_release(self):
        for unit, database in (("keitaro-outbox.service", "/srv/app/keitaro-outbox/outbox.db"), ("keitaro-outbox@.service", "/srv/app/older.db")):
            with self.subTest(unit):
                with open(self.machine.root + "/lib/systemd/system/" + unit, encoding="utf-8") as file:
                    (before,) = re.findall(r"^ExecStartPre=(.+)$", file.read(), re.MULTILINE)
                before = before.replace("%S", self.machine.inside("/srv/app"))
                if not self.machine.whole:
                    before = before.replace("/usr/bin/", self.machine.inside("/usr/bin/"))
                os.makedirs(self.machine.root + os.path.dirname(database), exist_ok=True)
                place = {"KEITARO_OUTBOX_DB": self.machine.inside(database)}
                with open(os.path.join(SOURCE_DIR, "migrations", "sqlite", "0001_outbox.sql"), "rb") as file:
                    first = file.read()
                with sqlite3.connect(self.machine.root + database) as older:
                    older.executescript(first.decode())
                    older.execute("INSERT INTO outbox_migrations VALUES (1, 'outbox', ?, 0)", [hashlib.sha256(first).hexdigest()])
                older.close()
                behind = self.run_inside("keitaro-outbox", "status", code=1, env=place)
                self.assertIn("keitaro-outbox init", behind.err)
                self.run_inside(*shlex.split(before), env=place)
                self.run_inside("keitaro-outbox", "status", env=place)
        # An application's database that is not there is a mistake to be told, not one to make.
        self.run_inside(*shlex.split(before), env={"KEITARO_OUTBOX_DB": self.machine.inside("/srv/app/nowhere.db")})
        self.assertFalse(self.installed("/srv/app/nowhere.db"))

    def test_6_a_program_is_built_on_the_library(self):
        self.write("/srv/shop/shop.cpp", SHOP)
        self.write("/srv/shop/CMakeLists.txt", SHOP_BUILD)
        source, build = self.machine.inside("/srv/shop"), self.machine.inside("/srv/shop/build")
        flags = f"{CXX_FLAGS} -Wall -Wextra -Werror"
        self.run_inside("cmake", "-S", source, "-B", build, f"-DCMAKE_CXX_COMPILER={COMPILER}", f"-DCMAKE_CXX_FLAGS={flags}")
        self.run_inside("cmake", "--build", build)
        database = self.machine.inside("/srv/shop/shop.db")
        self.run_inside(f"{build}/shop", database, "by-cmake")
        compile_it = f"{COMPILER} -std=c++20 {flags} -o {build}/shop2 {source}/shop.cpp $(pkg-config --cflags --libs keitaro_outbox)"
        self.run_inside("sh", "-c", compile_it)
        self.run_inside(f"{build}/shop2", database, "by-pkg-config")
        listed = self.run_inside("keitaro-outbox", "list", "--db", database)
        self.assertRegex(listed.out, r"by-pkg-config(.|\n)*by-cmake")

    def test_7_removed_it_keeps_the_configuration_and_purged_the_databases_alone(self):
        wanted = "/etc/systemd/system/multi-user.target.wants/"
        for unit in ("keitaro-outbox@shop.service", "other.service"):
            self.write(wanted + unit, "")
        self.dpkg("--remove", "keitaro-outbox")
        self.assertFalse(self.installed("/usr/bin/keitaro-outbox"))
        self.assertTrue(self.installed("/etc/keitaro-outbox/outbox.env"))
        self.dpkg("--purge", "keitaro-outbox")
        left = {path for path in self.machine.files() - self.before if not path.startswith(("/srv/app/", "/srv/door/", "/srv/shop/"))}
        self.assertEqual(left, {wanted + "other.service"})
        self.assertTrue(self.installed("/srv/app/app.db"))
        self.assertTrue(self.installed("/srv/door/outbox.db"))


if __name__ == "__main__":
    unittest.main()
