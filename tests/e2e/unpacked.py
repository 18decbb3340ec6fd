"""Other MTAs as smarthosts: packages that are unpacked but not installed.

Each runs in namespaces of its own, where its users exist and the directories
that are compiled into it are the test's, and with its first process all of
its processes end.
"""

import os
import pathlib
import signal
import shutil
import subprocess

from harness import SOURCE, free_port, group, is_open, wait_until

PACKAGES = pathlib.Path(os.environ.get("ONEHOP_SMARTHOSTS",
                                       SOURCE / "smarthosts"))
UNSHARE = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
FIRST_ID = 64100

SETUP = """\
set -e
mount --bind "$0/passwd" /etc/passwd
mount --bind "$0/group" /etc/group
mount --bind "$0/lib" /var/lib
mount --bind "$0/spool" /var/spool
mount -t tmpfs tmpfs /run
[ "$1" = - ] || mount --bind "$1" /usr/libexec
shift
exec "$@"
"""


def path_of(package, path):
    return PACKAGES / package / path


def missing(package, path):
    """Why it cannot run here, or None."""
    if os.geteuid() != 0:
        return f"{package} needs root"
    if not os.access(path_of(package, path), os.X_OK):
        return f"{package} is not in {PACKAGES}"
    libraries = subprocess.run(["ldd", path_of(package, path)], check=True,
                               capture_output=True, text=True).stdout
    if "not found" in libraries:
        return f"{package} lacks libraries:\n{libraries}"
    if not shutil.which("unshare") or subprocess.run(
            [*UNSHARE, "true"], check=False, capture_output=True).returncode:
        return "there are no namespaces here"
    return None


class Unpacked:
    """A daemon in a directory; subclasses say what it is and configure it.

    Messages are delivered into the maildir `box`, as the first of the users.
    """

    package = daemon = None
    libexec = None      # what of the package is to be /usr/libexec
    users = ()
    environment = {}

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.starttls, self.smtps = free_port(), free_port()
        self.box = self.directory / "box" / "new"
        self.process = None
        for name in ("lib", "spool", "box"):
            (self.directory / name).mkdir(mode=0o755)
        for name in ("passwd", "group"):
            shutil.copy(f"/etc/{name}", self.directory / name)
        for number, user in enumerate(self.users, FIRST_ID):
            self.add_user(user, number)
        self.give(self.directory / "box")

    @classmethod
    def missing(cls):
        return missing(cls.package, cls.daemon)

    def add_user(self, user, number):
        with open(self.directory / "passwd", "a", encoding="ascii") as file:
            file.write(f"{user}:x:{number}:{number}::/:/usr/sbin/nologin\n")
        with open(self.directory / "group", "a", encoding="ascii") as file:
            file.write(f"{user}:x:{number}:\n")

    def give(self, path):
        os.chown(path, FIRST_ID, FIRST_ID)

    def path(self):
        return path_of(self.package, self.daemon)

    def command(self):
        raise NotImplementedError

    def start(self):
        libexec = path_of(self.package, self.libexec) if self.libexec else "-"
        with open(self.directory / "output", "ab") as output:
            self.process = subprocess.Popen(
                [*UNSHARE, "sh", "-c", SETUP, self.directory, libexec,
                 self.path(), *self.command()],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                cwd="/", env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                              **self.environment},
                start_new_session=True)
        wait_until(self.listening, f"a listening {self.package}")

    def listening(self):
        assert self.process.poll() is None, self.log()
        return is_open(self.starttls) and is_open(self.smtps)

    def kill(self):
        """All of its processes, without a warning."""
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        wait_until(lambda: not group(self.process.pid) and
                   not is_open(self.smtps), "the last of it")

    stop = kill

    def delivered(self):
        """The messages in the maildir, as they were stored."""
        if not self.box.is_dir():
            return []
        return [path.read_bytes() for path in sorted(self.box.iterdir())]

    def log(self):
        return "".join(path.read_text(errors="backslashreplace")
                       for path in (self.directory / "output",
                                    *sorted(self.directory.glob("log/*"))))
