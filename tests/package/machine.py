"""A machine to install a package on that is not the one the test runs on.

As root, where the kernel lets us: a copy of this system's root folder that exists in memory only (an overlay in a mount namespace
of this process, gone with it), entered by chroot. Else a folder that dpkg takes for the root, with a copy of this system's list of
installed packages, so that dependencies are judged as they would be here; programs are then run out of that folder.
"""

import ctypes
import os
import shutil
import subprocess

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE, MS_BIND, MS_REMOUNT, MS_RDONLY = 0x4000, 0x40000, 0x1000, 0x20, 0x1
# What the package manager keeps for itself, and what it makes of the pages.
BOOKKEEPING = ("/var/lib/dpkg/", "/var/log/", "/var/cache/", "/tmp/", "/run/")
# Small images leave manuals out. An index of all manuals, which another package makes of each change, would only take time.
_DPKG_FLAGS = ("--path-include=*", "--no-triggers")

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result):
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _mount(source, target, kind, flags=0, data=""):
    encode = lambda text: text.encode() if text else None  # noqa: E731
    _check(_libc.mount(encode(source), encode(target), encode(kind), ctypes.c_ulong(flags), encode(data)))


def _files(root, below=None):
    """Every file below `root`, and every folder with nothing in it that is not a folder `below` too, as paths of that root."""
    found = set()
    for folder, folders, names in os.walk(root):
        inside = folder[len(root):]
        found.update(f"{inside}/{name}" for name in names)
        if not folders and not names and not (below and os.path.isdir(below + inside)):
            found.add(inside + "/")
    return {path for path in found if not path.startswith(BOOKKEEPING)}


class Overlay:
    """The copy in memory. Throws OSError where it cannot be."""

    whole = True

    def __init__(self, folder):
        if os.geteuid() != 0:
            raise PermissionError("only root can mount")
        _check(_libc.unshare(CLONE_NEWNS))
        _mount(None, "/", None, MS_REC | MS_PRIVATE)
        _mount("tmpfs", folder, "tmpfs", 0, "mode=700")
        self._upper = os.path.join(folder, "upper")
        work, self.root = os.path.join(folder, "work"), os.path.join(folder, "root")
        for path in (self._upper, work, self.root):
            os.mkdir(path)
            os.chmod(path, 0o755)
        _mount("overlay", self.root, "overlay", 0, f"lowerdir=/,upperdir={self._upper},workdir={work}")
        if not os.path.exists(self.root + "/usr/bin/dpkg"):
            raise FileNotFoundError("the root folder does not hold the system")
        for path in ("/proc", "/dev"):
            # Write-protected, devices and processes as usable as ever: nothing that removes the copy may remove these.
            _mount(path, self.root + path, None, MS_BIND)
            _mount(None, self.root + path, None, MS_BIND | MS_REMOUNT | MS_RDONLY)
        _mount("tmpfs", self.root + "/tmp", "tmpfs", 0, "mode=1777")
        _mount("tmpfs", self.root + "/run", "tmpfs", 0, "mode=755")

    def args(self, program, *args):
        return ["/usr/sbin/chroot", self.root, program, *args]

    def environment(self):
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}

    def inside(self, path):
        return path

    def dpkg(self, *args):
        return self.args("dpkg", *_DPKG_FLAGS, *args)

    def files(self):
        return _files(self._upper, "/")


class Folder:
    """The folder that dpkg takes for the root."""

    whole = False

    def __init__(self, folder):
        self.root = folder
        state = folder + "/var/lib/dpkg"
        for path in ("info", "updates", "triggers"):
            os.makedirs(f"{state}/{path}")
        os.makedirs(folder + "/tmp")
        shutil.copy("/var/lib/dpkg/status", state)
        # What each package has installed is not asked for here; that it is unknown would be told for each.
        listed = subprocess.run(["dpkg-query", "-W", "-f", "${binary:Package}\n"], check=True, capture_output=True, text=True)
        for name in listed.stdout.split():
            with open(f"{state}/info/{name}.list", "wb"):
                pass

    def args(self, program, *args):
        installed = f"{self.root}/usr/bin/{program}"
        return [installed if os.path.exists(installed) else program, *args]

    def environment(self):
        share = self.root + "/usr/share"
        return {"PKG_CONFIG_PATH": self.root + "/usr/lib/pkgconfig", "CMAKE_PREFIX_PATH": self.root + "/usr",
                "XDG_DATA_DIRS": f"{share}:/usr/share", "MANPATH": share + "/man"}

    def inside(self, path):
        """How a program names a file of this machine."""
        return self.root + path

    def dpkg(self, *args):
        as_root = [] if os.geteuid() == 0 else ["fakeroot"]
        return [*as_root, "dpkg", f"--root={self.root}", "--log=/dev/null", "--force-script-chrootless", *_DPKG_FLAGS, *args]

    def files(self):
        return _files(self.root)


def make(folder):
    for kind in (Overlay, Folder):
        inner = os.path.join(folder, kind.__name__)
        os.mkdir(inner)
        try:
            return kind(inner)
        except OSError as error:
            print(f"no {kind.__name__}: {error}")
    raise AssertionError("there is no way to install a package here")
