"""A /dev of our own, so that /dev/log is no other's."""

import ctypes
import os
import subprocess
import tempfile

CLONE_NEWNS = 0x20000       # of unshare(2)
FILES = ("console", "full", "null", "random", "tty", "urandom", "zero")
DIRECTORIES = ("mqueue", "pts", "shm")


own_mounts = False          # whether ours are seen by nobody else


def mount(*words):
    return subprocess.run(["mount", *words], capture_output=True,
                          check=False).returncode == 0


def copy(old):
    """Binds into the new /dev what programs need of the old one."""
    for name in os.listdir(old):
        path, new = os.path.join(old, name), os.path.join("/dev", name)
        if os.path.islink(path):
            if name != "log":
                os.symlink(os.readlink(path), new)
        elif name in FILES:
            with open(new, "wb"):
                pass
            mount("--bind", path, new)
        elif name in DIRECTORIES:
            os.mkdir(new)
            mount("--rbind", path, new)
    # The device itself looks for pts/ beside where it was made.
    if not os.path.lexists("/dev/ptmx"):
        os.symlink("pts/ptmx", "/dev/ptmx")


def own():
    """Leaves the mounts of all others; does nothing where that is forbidden."""
    if os.geteuid() != 0 or \
            ctypes.CDLL(None).unshare(CLONE_NEWNS) == -1 or \
            not mount("--make-rprivate", "/"):
        return
    global own_mounts
    own_mounts = True
    old = tempfile.mkdtemp(prefix="onehop-dev-")
    if mount("--rbind", "/dev", old):
        if mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", "/dev"):
            copy(old)
        subprocess.run(["umount", "-l", old], check=True)
    os.rmdir(old)
