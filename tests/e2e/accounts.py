"""An account that stands in no /etc/passwd, and a file in place of that."""

import contextlib
import glob
import subprocess

import devices

MODULES = ("/usr/lib/libnss_extrausers.so.2",
           "/usr/lib/*/libnss_extrausers.so.2")
FILES = "/var/lib/extrausers"


def available():
    return devices.own_mounts and any(
        glob.glob(pattern) for pattern in MODULES)


@contextlib.contextmanager
def in_place_of(path, source):
    """While this lasts, we and our children see source at path."""
    assert devices.own_mounts
    subprocess.run(["mount", "--bind", source, path], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", path], check=True)


class Elsewhere:
    """An account of nsswitch.conf's source "extrausers"."""

    name, uid, full_name = "elsewhere", 54321, "Else Where"

    def __init__(self, directory):
        self.directory = directory
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.mount(FILES, passwd=f"{self.name}:x:{self.uid}:{self.uid}:"
                   f"{self.full_name},1,2:/:/bin/sh\n", group="", shadow="")
        file = self.directory / "nsswitch.conf"
        file.write_text("passwd: files extrausers\ngroup: files\n")
        self.stack.enter_context(in_place_of("/etc/nsswitch.conf", file))
        return self

    def mount(self, path, **files):
        directory = self.directory / "extrausers"
        directory.mkdir()
        for name, text in files.items():
            (directory / name).write_text(text)
        self.stack.enter_context(in_place_of(path, directory))

    def __exit__(self, *exception):
        self.stack.close()

    def command(self, *words, uid=None):
        """What runs those as that user, or as one whom nobody knows."""
        number = uid or self.uid
        return ["setpriv", f"--reuid={number}", f"--regid={number}",
                "--clear-groups", *words]
