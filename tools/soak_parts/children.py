"""Child processes: started apart from the terminal, ended by their own id, and never left behind."""

import os
import signal
import subprocess
import sys

# The kernel ends the child when this process dies, be it killed.
_WITH_PARENT = ["/usr/bin/setpriv", "--pdeathsig", "KILL"] if os.path.exists("/usr/bin/setpriv") else []
_TOOLS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def environment(extra=None):
    """Without what would configure the command under test, or send it through a proxy."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith("KEITARO_") and not name.lower().endswith("_proxy")}
    return kept | {"PYTHONPATH": _TOOLS, "PYTHONDONTWRITEBYTECODE": "1"} | (extra or {})


class Child:
    """`kind` is for messages."""

    def __init__(self, kind, args, env=None, **streams):
        self.kind = kind
        self._popen = subprocess.Popen(
            _WITH_PARENT + [str(arg) for arg in args], env=environment(env), stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is for the soak alone.
            **streams)
        self.pid = self._popen.pid
        self._started = False

    @property
    def stdout(self):
        return self._popen.stdout

    @property
    def stderr(self):
        return self._popen.stderr

    def code(self):
        """The exit code; negative for a signal; None while it runs."""
        return self._popen.poll()

    def wait_until_started(self):
        """For a part that says so with its first line on stdout. On a busy machine Python alone takes seconds to start."""
        if not self._started:
            self.stdout.readline()
            self._started = True

    def signal(self, number):
        if self.code() is None:
            self._popen.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        return self._popen.wait(timeout=60)

    def end(self, patience):
        """SIGTERM, and SIGKILL when it is still there after `patience` seconds. Gives the exit code."""
        self.signal(signal.SIGTERM)
        try:
            return self._popen.wait(timeout=patience)
        except subprocess.TimeoutExpired:
            return self.kill()


def python_part(name, *args, **streams):
    """One of the programs beside this file, as a child."""
    return Child(name, [sys.executable, "-m", f"soak_parts.{name}", *args], **streams)
