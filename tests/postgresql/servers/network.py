"""Hosts that a test makes of network namespaces, with a link from the server's to each worker's. They are gone with their processes."""

import ctypes
import os
import subprocess
import threading

from receiver import Receiver

CLONE_NEWNET = 0x40000000


def why_not():
    """Why there can be none here; empty where there can."""
    if os.geteuid() != 0:
        return "needs root, to make network namespaces"
    for program in ("/usr/bin/unshare", "/usr/bin/nsenter"):
        if not os.path.exists(program):
            return f"needs {program}"
    if not any(os.path.exists(path) for path in ("/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip")):
        return "needs iproute2"
    if subprocess.run(["unshare", "--net", "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        return "this root may not make network namespaces"
    return ""


class Host:
    """A network namespace: nothing in it but a loopback, at first."""

    def __init__(self):
        self._process = subprocess.Popen(["unshare", "--net", "sleep", "infinity"], stdin=subprocess.DEVNULL)
        self._own = f"/proc/{self._process.pid}/ns/net"
        while self._process.poll() is None and os.readlink(self._own) == os.readlink("/proc/self/ns/net"):
            pass
        self.run("ip", "link", "set", "lo", "up")

    def remove(self):
        self._process.kill()
        self._process.wait()

    def inside(self):
        """What stands before a command that is to run in it."""
        return ["nsenter", f"--net={self._own}"]

    def run(self, *command):
        subprocess.run([*self.inside(), *map(str, command)], check=True)

    def link(self, other, number):
        """A network of its own for the two: 10.99.NUMBER.1 is this one, .2 the other."""
        here, there = f"to{number}", "uplink"
        self.run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", other._process.pid)  # pylint: disable=protected-access
        for host, device, last in ((self, here, 1), (other, there, 2)):
            host.run("ip", "addr", "add", f"10.99.{number}.{last}/24", "dev", device)
            host.run("ip", "link", "set", device, "up")

    def set_link(self, number, up):
        self.run("ip", "link", "set", f"to{number}", "up" if up else "down")

    def receiver(self):
        """A tracker on its loopback: reached whatever becomes of the links."""
        made = []

        def make():
            # Of this thread alone. What it listens on stays in the namespace.
            with open(self._own, "rb") as namespace:
                if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(Receiver())

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        return made[0]
