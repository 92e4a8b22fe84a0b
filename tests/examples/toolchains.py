"""The examples as commands: found, built where they must be, or a failure that names what to install."""

import functools
import glob
import os
import shutil
import tempfile

from harness import BUILD_DIR, SOURCE_DIR, run_command

EXAMPLES = os.path.join(SOURCE_DIR, "tools", "examples")
CHECK_WRITER = os.path.join(SOURCE_DIR, "tools", "check-writer")
PYTHON = "/usr/bin/python3"
NODE_SQLITE3 = os.path.join(BUILD_DIR, "node-sqlite3")
_CMAKE = os.environ.get("KEITARO_OUTBOX_CMAKE", "cmake")
_COMPILER = os.environ.get("KEITARO_OUTBOX_CXX", "")
_CXX_FLAGS = os.environ.get("KEITARO_OUTBOX_CXX_FLAGS", "")


class Missing(AssertionError):
    """A toolchain is not there. Not a reason to skip: tools/test installs them all."""


def _program(*names, packages):
    for name in names:
        for found in [shutil.which(name)] + sorted(glob.glob(os.path.join("/usr/bin", name + "-[0-9]*"))):
            if found:
                return found
    raise Missing(f"{names[0]} is missing: apt-get install {packages}")


def _built(args, env=None):
    done = run_command(args, env=env, timeout=240)
    if done.code != 0:
        raise AssertionError(f"{args}\n{done.out[-3000:]}\n{done.err[-3000:]}")


@functools.cache
def _folder():
    """Ends with the process."""
    _folder.kept = tempfile.TemporaryDirectory(prefix="keitaro-examples-")
    return _folder.kept.name


def python():
    return [PYTHON, "-W", "error", os.path.join(EXAMPLES, "python", "shop.py")]


def _python_with(module, package):
    if run_command([PYTHON, "-c", f"import {module}"]).code != 0:
        raise Missing(f"the module {module} is missing: apt-get install {package}")
    return [PYTHON, "-W", "error::UserWarning", os.path.join(EXAMPLES, module, "shop.py")]


def django():
    return _python_with("django", "python3-django")


def sqlalchemy():
    return _python_with("sqlalchemy", "python3-sqlalchemy")


def laravel():
    program, *flags, _ = php()
    if run_command([program, "-r", "require 'Illuminate/Database/autoload.php';"]).code != 0:
        raise Missing("Laravel's database layer is missing: apt-get install php-illuminate-database")
    return [program, *flags, os.path.join(EXAMPLES, "laravel", "shop.php")]


def php():
    program = _program("php", packages="php-cli php-sqlite3")
    if "pdo_sqlite" not in run_command([program, "-m"]).out:
        raise Missing("PDO's driver for SQLite is missing: apt-get install php-sqlite3")
    return [program, "-d", "error_reporting=-1", os.path.join(EXAMPLES, "php", "shop.php")]


@functools.cache
def node():
    program = _program("node", "nodejs", packages="nodejs node-sqlite3")
    with_package = [program]
    unpacked = ["/usr/bin/env", "NODE_PATH=" + os.path.join(NODE_SQLITE3, "modules"), "LD_LIBRARY_PATH=" + os.path.join(NODE_SQLITE3, "lib"), program]
    for command in (with_package, unpacked):
        if run_command([*command, "-e", "require('sqlite3')"]).code == 0:
            return [*command, os.path.join(EXAMPLES, "node", "shop.js")]
    raise Missing("the module sqlite3 is missing: apt-get install node-sqlite3, or tests/examples/unpack-node-sqlite3 " + NODE_SQLITE3)


@functools.cache
def go():
    program = _program("go", packages="gccgo golang-github-mattn-go-sqlite3-dev (or golang-go in place of gccgo)")
    if not os.path.isdir("/usr/share/gocode/src/github.com/mattn/go-sqlite3"):
        raise Missing("go-sqlite3 is missing: apt-get install golang-github-mattn-go-sqlite3-dev")
    built = os.path.join(_folder(), "go-shop")
    _built([program, "build", "-tags", "libsqlite3", "-o", built, os.path.join(EXAMPLES, "go", "shop.go")],
           env={"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOFLAGS": "", "GOCACHE": os.path.join(_folder(), "go-cache")})
    return [built]


@functools.cache
def cpp():
    prefix, build = os.path.join(_folder(), "prefix"), os.path.join(_folder(), "cpp")
    _built([_CMAKE, "--install", BUILD_DIR, "--prefix", prefix])
    compiler = [f"-DCMAKE_CXX_COMPILER={_COMPILER}"] if _COMPILER else []
    _built([_CMAKE, "-G", "Ninja", "-S", os.path.join(EXAMPLES, "cpp"), "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_FLAGS={_CXX_FLAGS} -Wall -Wextra -Werror", *compiler])
    _built([_CMAKE, "--build", build])
    return [os.path.join(build, "shop")]


def shell():
    _program("sqlite3", packages="sqlite3")
    return ["/bin/sh", os.path.join(EXAMPLES, "shell", "shop.sh")]


ALL = {
    "python": python, "php": php, "node": node, "go": go, "cpp": cpp, "shell": shell,
    "django": django, "sqlalchemy": sqlalchemy, "laravel": laravel,
}


def check_writer(*arguments):
    """Runs tools/check-writer; gives harness.Result."""
    return run_command([PYTHON, "-W", "error", CHECK_WRITER, *arguments], timeout=400)
