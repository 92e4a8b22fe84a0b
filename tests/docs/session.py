"""Runs the commands of a page one after the other, as a reader would: in one shell, in an empty folder."""

import contextlib
import os
import signal
import socket
import subprocess

import pages
from harness import COMMAND, SIM, SOURCE_DIR, clean_environment

# A reader pauses for things to happen; here each pause of whole seconds, and each gap between two blocks, lasts until they have:
# the simulator listens, if the page has started it, and the worker, if there is one ($worker), has no row that is due soon.
_PRELUDE = """
settle() {
  local _
  for _ in $(seq 1200); do
    if { [ -z "$(jobs -p)" ] || (exec 3<>/dev/tcp/127.0.0.1/$SIM_PORT) 2>/dev/null; } &&
      { ! kill -0 "${worker:-none}" 2>/dev/null || [ ! -s app.db ] || [ -z "$(sqlite3 -cmd '.timeout 10000' app.db "
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
# How a block of each language is run. The system's Python before any other, as elsewhere in these tests.
RUN_AS = {
    "sh": "{text}",
    "sql": "sqlite3 -bail app.db <<'END_OF_SQL'\n{text}END_OF_SQL\n",
    "python": "/usr/bin/python3 -W error - <<'END_OF_PYTHON'\n{text}END_OF_PYTHON\n",
    "php": "php -d error_reporting=-1 <<'END_OF_PHP'\n{text}END_OF_PHP\n",
}


def runnable(name):
    return [block for block in pages.blocks(name) if block.language in RUN_AS and block.note != "elsewhere"]


def run(blocks, folder, variables=None):
    """Gives (exit code, stdout, stderr) of each block. What the page's shell started is ended."""
    room = os.path.join(folder, "room")
    os.makedirs(os.path.join(folder, "bin"))
    os.makedirs(room)
    for program, name in ((COMMAND, "keitaro-outbox"), (SIM, "keitaro-sim")):
        os.symlink(program, os.path.join(folder, "bin", name))
    for name in ("tools", "schema"):
        os.symlink(os.path.join(SOURCE_DIR, name), os.path.join(room, name))
    script = _PRELUDE
    for number, block in enumerate(blocks):
        code = RUN_AS[block.language].format(text=block.text)
        out = os.path.join(folder, str(number))
        script += f"{{\n{code}\n}} >{out}.out 2>{out}.err </dev/null; echo $? >{out}.code\n"
        script += f"settle || echo unsettled >{out}.code\n"
    port, *others = free_ports(3)
    addresses = (pages.SIM_ADDRESS, pages.METRICS_ADDRESS, pages.DOOR_ADDRESS)
    here = {shown: f"127.0.0.1:{real}" for shown, real in zip(addresses, (port, *others))}
    for shown, real in here.items():
        script = script.replace(shown, real)
    path = ":".join([os.path.join(folder, "bin"), "/usr/bin", "/bin"])
    environment = clean_environment({"TMPDIR": folder, "SIM_PORT": str(port), "PATH": path} | (variables or {}))
    shell = subprocess.Popen(["/bin/bash", "--noprofile", "--norc", "-c", script], cwd=room, env=environment, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        shell.wait(timeout=200)
    finally:
        with contextlib.suppress(ProcessLookupError):  # A page that has left nothing running.
            os.killpg(shell.pid, signal.SIGKILL)
        shell.wait()
    results = []
    for number in range(len(blocks)):
        code, out, err = (_read(os.path.join(folder, f"{number}.{kind}")) for kind in ("code", "out", "err"))
        for shown, real in here.items():
            out = out.replace(real, shown)
        results.append((code.strip(), out, err))
    return results


def free_ports(count):
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()
