"""A PostgreSQL server of the tests' own: unprivileged, in a temporary folder, reached by a unix socket only.

    cluster.py start FILE    starts one, and writes its folder into FILE; one that FILE names from before is ended first
    cluster.py stop FILE     ends it and removes its folder

Several tests share one server, with a database each. fsync is off: no test of durability may use this one.
"""

import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile

# Containers often have next to none.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) and shutil.disk_usage("/dev/shm").free > 2 << 30 else None

SETTINGS = """
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 200
shared_buffers = 64MB
log_min_messages = warning
timezone = 'Asia/Kathmandu'     # nobody may rely on the server's being UTC
"""


def programs():
    """The folder of initdb and pg_ctl, of the newest version that is installed."""
    folders = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if folders:
        return folders[-1].parent
    found = shutil.which("initdb")
    if not found:
        raise SystemExit("tests of PostgreSQL need its server: apt-get install postgresql")
    return pathlib.Path(found).resolve().parent


def unprivileged():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Cluster:
    """One server: its folder, its start and end, and the addresses of its databases."""

    def __init__(self, folder=None, settings=SETTINGS, inside=()):
        """`inside` stands before its commands: a network namespace, say. Root only, as it is entered by root."""
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="keitaro-outbox-pg-", dir=MEMORY))
        self.settings = settings
        self.inside = list(inside)

    def create(self):
        demote = unprivileged()
        if demote:
            os.chown(self.folder, demote["user"], demote["group"])
        self.folder.chmod(0o755)
        self.run("initdb", "-D", self.folder / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync",
                 "--no-instructions")
        with open(self.folder / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(self.settings + f"unix_socket_directories = '{self.folder}'\n")
        return self

    def create_standby(self, primary):
        """One that follows another that runs, and can be read."""
        demote = unprivileged()
        if demote:
            os.chown(self.folder, demote["user"], demote["group"])
        self.folder.chmod(0o755)
        self.run("pg_basebackup", "-D", self.folder / "data", "-R", "-X", "stream", "-c", "fast", "--no-sync", "-h", primary.folder, "-U", "postgres")
        with open(self.folder / "data" / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write(f"unix_socket_directories = '{self.folder}'\n")
        return self

    def start(self):
        self.run("pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log", "-w", "-t", "60", "start")
        return self

    def stop(self, mode="immediate"):
        self.run("pg_ctl", "-D", self.folder / "data", "-m", mode, "-w", "-t", "60", "stop")

    def remove(self):
        if self.runs():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def runs(self):
        """False too where it was killed, and its pid file is left."""
        return not self.call("pg_ctl", "-D", self.folder / "data", "status")

    def run(self, program, *arguments):
        if self.call(program, *arguments):
            log = self.folder / "log"
            raise SystemExit(f"{program} failed\n{log.read_text() if log.exists() else ''}")

    def call(self, program, *arguments):
        """Gives the exit code."""
        # Nothing inherited: the server outlives this process, and must not hold its pipes open.
        command = [programs() / program, *map(str, arguments)]
        demote = unprivileged()
        if self.inside:
            command = [*self.inside, "setpriv", "--reuid=nobody", f"--regid={demote['group']}", "--clear-groups", *command]
            demote = {}
        done = subprocess.run(command, **demote, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return done.returncode

    def url(self, database="postgres", user="postgres"):
        return f"postgresql://{user}@/{database}?host={self.folder}"


def main(what, file):
    file = pathlib.Path(file)
    if file.exists():
        folder = pathlib.Path(file.read_text())
        if folder.is_dir():
            Cluster(folder).remove()
        file.unlink()
    if what == "start":
        cluster = Cluster()
        file.write_text(str(cluster.folder))
        cluster.create().start()


if __name__ == "__main__":
    main(*sys.argv[1:])
