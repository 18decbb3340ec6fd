"""An installed onehop, and users of the machine who mean it ill.

The attacker may run sendmail, which is setgid. The insider is what he would
be if there were a fault in it: he has its group, and so may make files in
tmp/ and new/ and write to the trigger.
"""

import contextlib
import os
import pathlib
import pwd
import re
import shutil
import time
import zlib

import pytest

import devices
import harness
from harness import Entry, Site, environment, run, wait_until
from test_accounts import TWIN, configured, emptied

OWNER, INSIDER, VICTIM, STRANGER = 50001, 50003, 50004, 50005
# In /etc/passwd; for the others sendmail may have to ask the name service.
ATTACKER = pwd.getpwnam("games").pw_uid
ONE, ALARM = "one@example.net", "alarm@example.net"
LETTER = b"Subject: test\n\ntext\n"
PROGRAMS = ("sendmail", "onehop-flush", "onehopctl", "onehop-smtp", TWIN)
STATUSES = range(64, 79)    # of sysexits(3)
EVERYTHING = os.environ.get("ONEHOP_FAULTS") == "all"


def sample(cases, *chosen):
    """Parameters of a test: all, but only those in the ordinary check."""
    return [case if EVERYTHING or case in chosen else pytest.param(
        case, marks=pytest.mark.skip(reason="make check-faults runs it"))
        for case in cases]


def become(uid):
    """For a function that runs between fork and exec."""
    group = OWNER if uid in (INSIDER, OWNER) else uid
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(uid, uid, uid)


class Installation(Site):
    """The programs where they belong, with the owners of "make install"."""

    def __init__(self, directory, certificates):
        self.sbin, self.libexec, spool = (
            configured(name) for name in ("sbindir", "libexecdir",
                                          "spooldir"))
        self.programs = harness.BUILD
        super().__init__(directory, certificates)
        self.spool = harness.Spool(spool)
        self.settings["spool"] = spool
        self.ca = directory / "ca.pem"
        self.ca.write_bytes(certificates.ca.read_bytes())

    def install(self):
        for name in PROGRAMS:
            if os.access(self.programs / name, os.X_OK):
                shutil.copy(self.programs / name, self.sbin)
        for name in ("onehop-smtp", TWIN):
            if (self.sbin / name).exists():
                shutil.copy(self.sbin / name, self.libexec)
        (self.sbin / "mailq").symlink_to("onehopctl")
        self.sendmail_path = self.sbin / "sendmail"
        os.chown(self.sendmail_path, 0, OWNER)
        self.sendmail_path.chmod(0o2755)
        os.chown(self.spool.path, OWNER, OWNER)
        self.spool.path.chmod(0o711)
        os.chown(self.password, OWNER, OWNER)
        self.configure()
        assert run([str(self.sbin / "onehopctl"), "-C",
                    str(self.configuration), "list"]).status == 0

    def relay_to(self, smarthost, **settings):
        self.use(smarthost, **{"tls_ca_file": self.ca, **settings})

    def call(self, *arguments, uid=ATTACKER, input=LETTER, **options):
        """The installed sendmail, run by a user."""
        return self.run_as(uid, str(self.sendmail_path), *arguments,
                           input=input, **options)

    def run_as(self, uid, *command, input=b"", before=None, **options):
        def prepare():
            become(uid)
            if before is not None:
                before()

        options.setdefault("cwd", "/")
        options.setdefault("env", environment())
        return run(list(command), input, preexec_fn=prepare, **options)

    def send(self, *arguments, uid=VICTIM, **options):
        """A submission of a user that must succeed."""
        result = self.call(*arguments, uid=uid, **options)
        assert (result.status, result.stdout, result.stderr) == (0, "", "")

    def processes(self):
        """Those that run one of the programs, whoever has started them.

        Other parts of the suite have theirs at the same paths, on mounts of
        their own."""
        found = []
        mounts = os.readlink("/proc/self/ns/mnt")
        for link in pathlib.Path("/proc").glob("[0-9]*/exe"):
            try:
                if os.readlink(link).startswith(f"{self.sbin}/") and \
                        os.readlink(link.parent / "ns" / "mnt") == mounts:
                    found.append(int(link.parent.name))
            except OSError:
                pass
        return found

    def clear(self):
        for path in self.spool.files():
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink()

    def started(self, *arguments):
        flusher = self.flusher(*arguments)
        wait_until(lambda: (self.spool.path / "submit").exists(), "submit")
        return flusher


@contextlib.contextmanager
def installation(directory, certificates):
    """While it lasts, the programs under test are those installed."""
    if not devices.own_mounts:
        pytest.skip("needs mounts of our own")
    if harness.sanitized():
        pytest.skip("LeakSanitizer cannot look into what is setgid")
    site = Installation(directory, certificates)
    build = harness.BUILD
    with emptied(site.sbin, site.libexec, site.spool.path):
        site.install()
        harness.BUILD = site.sbin
        try:
            yield site
            site.close()
        finally:
            harness.BUILD = build
        wait_until(lambda: not site.processes(), "their end")


def as_user(uid, function):
    """Runs it as that user, in a process of its own; its errno or 0."""
    pid = os.fork()
    if pid == 0:
        status = 255
        try:
            become(uid)
            function()
            status = 0
        except OSError as error:
            status = error.errno
        finally:
            os._exit(status)
    _, status = os.waitpid(pid, 0)
    assert os.WIFEXITED(status) and os.WEXITSTATUS(status) != 255
    return os.WEXITSTATUS(status)


def crc32(entry):
    """That of the envelope behind its seal, without marks, and the message."""
    return seal_crc32(entry.envelope[59:], entry.message)


def seal_crc32(envelope, message):
    covered = re.sub(rb"(?m)^to .{258} <", b"to  <", envelope)
    return zlib.crc32(message, zlib.crc32(covered))


def check_complete(path, recipients, body):
    entry = Entry.read(path)
    assert int(entry.seal["size"]) == len(entry.message)
    assert entry.seal["crc32"] == f"{crc32(entry):08X}"
    assert entry.recipients == recipients
    if body is not None:
        assert harness.body(entry.message) == body


def file_text(recipients=(ONE,), sender="evil@example.com", uid=INSIDER,
              message=b"Subject: planted\r\n\r\ntext\r\n", size=None,
              mark=b"- " + b" " * 256):
    """A spool file as sendmail would have written it, or with lies in it."""
    envelope = b"uid %d\nfrom <%s>\n" % (uid, sender.encode())
    for recipient in recipients:
        envelope += b"to " + mark + b" <" + recipient.encode() + b">\n"
    envelope += b"\n"
    body = b"8bit" if any(octet > 127 for octet in message) else b"7bit"
    return (b"onehop 1\nsize %019d\nbody %s\ncrc32 %08X\n" % (
        len(message) if size is None else size, body,
        seal_crc32(envelope, message)) + envelope + message)


def identity(offset=0):
    """The name of a message that has come just now, or somewhat before."""
    return f"{time.time_ns() // 1000 + offset:013X}"


def settled(site, flusher, count=1):
    """Until the victim's mail has gone out."""
    flusher.log.wait_for(f"to=<{ALARM}>.*status=sent", count)
