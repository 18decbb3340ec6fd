"""The spool, attacked by a user who has no business in it, and by one who has
got its group: queued mail, the password, and whatever is planted in new/."""

import ctypes
import errno
import os
import re
import signal
import socket
import stat
import subprocess
import time

import pytest

from attack import (ALARM, ATTACKER, INSIDER, LETTER, ONE, OWNER, VICTIM,
                    as_user, become, file_text, identity, sample,
                    settled)
from harness import wait_until
from script import reply

SECRET = b"onehop 1\nsecret-of-another\n"
DENIED = (errno.EACCES, errno.EPERM)
STATES = ("new", "tmp", "cur", "hold", "failed", "corrupt")


@pytest.fixture
def host(installed, smarthost):
    host = smarthost()
    installed.relay_to(host)
    return host


@pytest.fixture
def secret(installed):
    """What the owner of the spool can read, and no other user."""
    path = installed.directory / "secret"
    path.write_bytes(SECRET)
    os.chown(path, OWNER, OWNER)
    path.chmod(0o600)
    return path


# Another user

def open_as(path, flags):
    os.close(os.open(path, flags))


def ptrace_attach(pid):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.ptrace(16, pid, None, None) == -1:
        raise OSError(ctypes.get_errno(), "ptrace")


def make_socket(path):
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(str(path))


def against_file(path):
    """What there is to try against the file of another."""
    other = path.with_name("0123456789ABC")
    yield from [
        ("read", lambda: open_as(path, os.O_RDONLY)),
        ("write", lambda: open_as(path, os.O_WRONLY)),
        ("append", lambda: open_as(path, os.O_WRONLY | os.O_APPEND)),
        ("truncate", lambda: os.truncate(path, 0)),
        ("chmod", lambda: os.chmod(path, 0o666)),
        ("chown", lambda: os.chown(path, ATTACKER, -1)),
        ("utime", lambda: os.utime(path, (0, 0))),
        ("setxattr", lambda: os.setxattr(path, "user.x", b"x")),
        *against_name(path, other)]


def against_name(path, other):
    return [("unlink", lambda: os.unlink(path)),
            ("rename", lambda: os.rename(path, other))]


def against_directory(directory):
    """And to make in a directory of the spool."""
    yield from [
        ("list", lambda: os.listdir(directory)),
        ("a file", lambda: open_as(directory / "0123456789ABC",
                                   os.O_CREAT | os.O_WRONLY)),
        ("a directory", lambda: os.mkdir(directory / "0123456789ABC")),
        ("a link", lambda: os.symlink("/etc/passwd",
                                      directory / "0123456789ABC")),
        ("a FIFO", lambda: os.mkfifo(directory / "0123456789ABC")),
        ("a socket", lambda: make_socket(directory / "0123456789ABC")),
        ("to be watched", lambda: watch(directory)),
        ("another mode", lambda: os.chmod(directory, 0o777)),
        ("another name", lambda: os.rename(
            directory, directory.with_name("other"))),
        ("no more", lambda: os.rmdir(directory))]


def watch(path):
    libc = ctypes.CDLL(None, use_errno=True)
    fd = libc.inotify_init()
    if libc.inotify_add_watch(fd, os.fsencode(path), 0xfff) == -1:
        raise OSError(ctypes.get_errno(), "inotify_add_watch")


def against_process(pid):
    yield from [
        ("kill", lambda: os.kill(pid, signal.SIGKILL)),
        ("stop", lambda: os.kill(pid, signal.SIGSTOP)),
        ("hang up", lambda: os.kill(pid, signal.SIGHUP)),
        ("trace", lambda: ptrace_attach(pid)),
        ("limit", lambda: limit(pid)),
        *[(name, lambda name=name: open_as(f"/proc/{pid}/{name}", flags))
          for name, flags in (("mem", os.O_RDWR), ("environ", os.O_RDONLY),
                              ("maps", os.O_RDONLY))],
        ("fd", lambda: os.listdir(f"/proc/{pid}/fd")),
        ("root", lambda: os.listdir(f"/proc/{pid}/root")),
        ("cwd", lambda: os.listdir(f"/proc/{pid}/cwd"))]


def limit(pid):
    import resource
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (0, 0))


def attempt(tally, row, uid, what, deed):
    error = as_user(uid, deed)
    tally(row, error in DENIED)
    assert error in DENIED, f"{what}: {errno.errorcode.get(error, error)}"


def in_all_states(site):
    """A message of the victim's in each directory, by its state."""
    site.send(ONE)
    original = site.spool.only("new")
    found = {}
    for number, state in enumerate(STATES):
        path = site.spool.path / state / identity(number)
        path.write_bytes(original.read_bytes())
        os.chown(path, VICTIM, OWNER)
        path.chmod(0o660)
        found[state] = path
    original.unlink()
    return found


def test_queued_mail_is_out_of_reach(installed, tally):
    row = "queued mail, by another user"
    files = in_all_states(installed)
    before = installed.spool.fingerprint()
    for state, path in files.items():
        for what, deed in against_file(path):
            attempt(tally, row, ATTACKER, f"{what} {state}", deed)
    assert installed.spool.fingerprint() == before


def test_the_directories_are_out_of_reach(installed, tally):
    row = "the spool's directories, by another user"
    for directory in (installed.spool.path,
                      *(installed.spool.path / state for state in STATES)):
        for what, deed in against_directory(directory):
            attempt(tally, row, ATTACKER, f"{directory}: {what}", deed)
    assert installed.spool.files() == []


def test_secrets_and_processes_are_out_of_reach(installed, host, tally):
    """The password, the trigger, the socket, the flusher and an agent."""
    row = "password and processes, by another user"
    installed.configure(idle_timeout="1h")
    flusher = installed.started()
    installed.send(ALARM)
    settled(installed, flusher)
    [agent] = flusher.agents()
    for path in (installed.password, installed.spool.path / "trigger"):
        for what, deed in against_file(path):
            # The directory of the one is not ours to protect, and the other
            # has no length.
            if what == "truncate" or path == installed.password and \
                    what in ("rename", "unlink"):
                continue
            attempt(tally, row, ATTACKER, f"{path}: {what}", deed)
    for what, deed in against_name(installed.spool.path / "submit",
                                   installed.spool.path / "other"):
        attempt(tally, row, ATTACKER, f"submit: {what}", deed)
    for uid in (ATTACKER, INSIDER):
        for pid in (flusher.pid, agent):
            for what, deed in against_process(pid):
                attempt(tally, row, uid, f"{pid}: {what}", deed)
        attempt(tally, row, uid, "password",
                lambda: open_as(installed.password, os.O_RDONLY))
    assert installed.password.stat().st_mode & 0o777 == 0o400
    installed.send(ALARM)
    settled(installed, flusher, 2)
    assert len(host.messages) == 2


def test_sendmail_is_out_of_reach_while_it_runs(installed, tally):
    """Of its own caller: it has a group that he has not."""
    row = "sendmail while it runs, by its caller"
    reader, writer = os.pipe()
    with subprocess.Popen(
            [installed.sendmail_path, ONE], stdin=reader, cwd="/",
            preexec_fn=lambda: become(ATTACKER)) as call:
        os.close(reader)
        os.write(writer, LETTER)
        wait_until(lambda: installed.spool.names("tmp"), "a draft")
        for what, deed in against_process(call.pid):
            # What is only its caller's may be done by him.
            if what not in ("kill", "stop", "hang up", "limit"):
                attempt(tally, row, ATTACKER, what, deed)
        os.close(writer)
        assert call.wait() == 0
    assert len(installed.spool.names("new")) == 1


def test_the_insider_cannot_remove_what_is_not_his(installed, tally):
    """Nor list tmp/, nor get at what has been tried or set aside."""
    row = "others' mail, by who has the group"
    files = in_all_states(installed)
    before = installed.spool.fingerprint()
    for state, path in files.items():
        for what, deed in against_file(path):
            if state in ("new", "tmp") and what in (
                    "read", "write", "append", "truncate", "setxattr"):
                continue    # onehop-spool(5) says that the group can
            attempt(tally, row, INSIDER, f"{what} {state}", deed)
    for state in STATES:
        for what, deed in against_directory(installed.spool.path / state):
            if state in ("new", "tmp") and what.startswith("a ") or \
                    state == "new" and what in ("list", "to be watched"):
                continue
            attempt(tally, row, INSIDER, f"{state}: {what}", deed)
    assert installed.spool.fingerprint() == before


# What is planted in new/

def plant(path, octets=None, mode=0o660, **lies):
    def write():
        path.write_bytes(file_text(**lies) if octets is None else octets)
        path.chmod(mode)

    assert as_user(INSIDER, write) == 0


def sparse(path, size):
    message = b"Subject: x\r\n\r\n"
    text = file_text(message=message, size=size)
    plant(path, text)
    os.truncate(path, len(text) - len(message) + size)


def no_empty_line(path):
    plant(path, file_text()[:59] + b"uid 1\nfrom <>\n" +
          (b"to - " + b" " * 257 + b"<a@example.net>\n") * 1000)


def linked(path, target):
    """A hard link, as a machine without protected_hardlinks has it."""
    try:
        os.link(target, path)
    except OSError:     # it is on another file system
        inner = path.parent.parent / f"other-{path.name}"
        inner.write_bytes(SECRET)
        os.chown(inner, OWNER, OWNER)
        inner.chmod(0o600)
        os.link(inner, path)


def device(path, major, minor, kind=stat.S_IFCHR):
    os.mknod(path, kind | 0o666, os.makedev(major, minor))


def replaced(old, new):
    text = file_text()
    assert old in text
    return lambda path: plant(path, text.replace(old, new))


PLANTED = {
    "link to a secret": lambda path, secret: os.symlink(secret, path),
    "link to the shadow file": lambda path: os.symlink("/etc/shadow", path),
    "link to itself": lambda path: os.symlink(path.name, path),
    "link to nothing": lambda path: os.symlink("/nonexistent", path),
    "link to a directory": lambda path: os.symlink("/etc", path),
    "link to a terminal": lambda path: os.symlink("/dev/tty", path),
    "hard link to a secret": linked,
    "FIFO": os.mkfifo,
    "FIFO of mode 0": lambda path: os.mkfifo(path, 0),
    "socket": make_socket,
    "zero device": lambda path: device(path, 1, 5),
    "terminal device": lambda path: device(path, 5, 0),
    "watchdog device": lambda path: device(path, 10, 130),
    "block device": lambda path: device(path, 7, 0, stat.S_IFBLK),
    "no such device": lambda path: device(path, 199, 7),
    "directory": os.mkdir,
    "directory of mode 0": lambda path: os.mkdir(path, 0),
    "mode 0": lambda path: plant(path, mode=0),
    "setuid": lambda path: plant(path, b"#!/bin/sh\n", mode=0o6777),
    "empty": lambda path: plant(path, b""),
    "NULs": lambda path: plant(path, b"\0" * 5000),
    "one byte": lambda path: plant(path, b"o"),
    "secret's copy": lambda path: plant(path, SECRET),
    "no empty line": no_empty_line,
    "64 MB without an end": lambda path: plant(
        path, b"onehop 1\n" + b"x" * (64 << 20)),
    "an endless envelope": lambda path: sparse_envelope(path, 1 << 40),
    "terabytes": lambda path: sparse(path, 1 << 42),
    "all that a number holds": lambda path: plant(path, size=10**18),
    "size 0": lambda path: plant(path, size=0),
    "size -1": replaced(b"size 0", b"size -"),
    "size not a number": replaced(b"size 0", b"size x"),
    "size overflows": lambda path: plant(
        path, re.sub(rb"size \d{19}", b"size " + b"9" * 19, file_text())),
    "no recipient": lambda path: plant(path, recipients=()),
    "a mark of no kind": lambda path: plant(path, mark=b"X " + b" " * 256),
    "a short mark": lambda path: plant(path, mark=b"- "),
    "controls in a mark": lambda path: plant(path,
                                             mark=b"- " + b"\x1b" * 256),
    "an address with a line end": lambda path: plant(
        path, recipients=["a@b\r\nRCPT TO:<c@d"]),
    "an address with a NUL": lambda path: plant(path,
                                                recipients=["a\0@b"]),
    "an address of a megabyte": lambda path: plant(
        path, recipients=["a" * (1 << 20) + "@b"]),
    "a sender with a line end": lambda path: plant(
        path, sender="a@b> SIZE=1\r\nRCPT TO:<c@d"),
    "a uid that overflows": replaced(b"uid 50003", b"uid 99999999999999999"),
    "a negative uid": replaced(b"uid 50003", b"uid -1"),
    "other version": replaced(b"onehop 1", b"onehop 2"),
    "a wrong checksum": replaced(b"planted", b"Planted"),
    "body of no kind": replaced(b"body 7bit", b"body 9bit"),
}

NAMES = ["x", ".x", "-", "x" * 255, "\n", "a\nb", "\x1b[2J", "\xff\xfe",
         "%s%n", "0123456789abc", "0123456789ABC.", "0123456789ABC.-1",
         "0123456789ABC.99999999999999999999", "0123456789ABC.5",
         "0123456789ABCD", " ", "~", "*", "$(reboot)", "relay", "rate"]


def sparse_envelope(path, size):
    plant(path, b"onehop 1\n")
    os.truncate(path, size)


def put(site, secret, what, number):
    path = site.spool.path / "new" / identity(-10**7 + number)
    deed = PLANTED[what]
    deed(path, *([secret] if what.endswith("to a secret") else []))
    if not path.is_symlink() and path.stat().st_uid == 0:
        os.chown(path, INSIDER, OWNER)
    return path


def is_untouched(path, before):
    """Where it was, or in corrupt/."""
    moved = path.parent.parent / "corrupt" / path.name
    now = path if os.path.lexists(path) else moved
    return os.path.lexists(now) and \
        os.lstat(now)[:3] + os.lstat(now)[4:7] == before[:3] + before[4:7]


def check_planted(site, flusher, host, planted, secret, tally, row):
    """The victim's mail has gone out, and nothing that was planted."""
    settled(site, flusher)
    assert [message.recipients for message in host.messages] == [[ALARM]]
    for what, (path, before) in planted.items():
        held = is_untouched(path, before)
        tally(row, held)
        assert held, what
    assert secret.read_bytes() == SECRET
    assert secret.stat().st_mode & 0o777 == 0o600
    log = flusher.log.text()
    assert "secret-of-another" not in log and "root:" not in log
    assert all(char.isprintable() for line in log.splitlines()
               for char in line)


def plant_all(site, secret, cases):
    planted = {}
    for number, what in enumerate(cases):
        path = put(site, secret, what, number)
        planted[what] = path, os.lstat(path)
    return planted


def test_planted(installed, host, secret, tally):
    """All at once, with the victim's mail behind it."""
    planted = plant_all(installed, secret, PLANTED)
    installed.send(ALARM)
    flusher = installed.started()
    check_planted(installed, flusher, host, planted, secret, tally,
                  "hostile files in new/")
    began = flusher.cpu_seconds()
    time.sleep(0.5)
    assert flusher.cpu_seconds() - began < 0.25, "it spins"
    assert flusher.stop() == 0


@pytest.mark.parametrize("what", sample(PLANTED))
def test_planted_alone(installed, host, secret, tally, what):
    """And by one that runs once and ends."""
    planted = plant_all(installed, secret, [what])
    installed.send(ALARM)
    flusher = installed.flusher("-q")
    assert flusher.wait() in (0, 75)
    check_planted(installed, flusher, host, planted, secret, tally,
                  "hostile files in new/")


def test_names(installed, host, secret, tally):
    """No name of a file does harm, in whatever state it is made up."""
    planted = {}
    for state in ("new", "tmp"):
        for name in NAMES:
            path = installed.spool.path / state / os.fsdecode(
                name.encode("latin-1"))
            assert as_user(INSIDER, lambda: path.write_bytes(b"x")) == 0
            planted[str(path)] = path, os.lstat(path)
    installed.send(ALARM)
    flusher = installed.started()
    check_planted(installed, flusher, host, planted, secret, tally,
                  "names of all kinds in new/ and tmp/")


def test_what_is_planted_is_its_owners(installed, host):
    """A good message by the wrong way; the uid that it states is a lie."""
    path = installed.spool.path / "new" / identity()
    plant(path, uid=VICTIM)
    flusher = installed.started()
    flusher.log.wait_for(f"uid={INSIDER} .queue active")
    flusher.log.wait_for("removed")
    assert not flusher.log.lines(f"uid={VICTIM}")
    assert [message.data for message in host.messages] == [
        b"Subject: planted\r\n\r\ntext\r\n"]


# Which of them sendmail could have stored is what may be sent.
BODIES = [(b"\r\n.\r\nMAIL FROM:<x@y>\r\n", True), (b".\r\n", True),
          (b"\xff\r\n", True), (b"\r\n\r\n", True),
          *[(body, False) for body in (
              b"\n.\nMAIL FROM:<x@y>\n", b"\r.\rMAIL FROM:<x@y>\r",
              b"\n.\r\nMAIL FROM:<x@y>\r\n",
              b"\r\n.\nMAIL FROM:<x@y>\r\n",
              b"\r\n.\rMAIL FROM:<x@y>\r\n", b"\0\r\n", b".", b".\r",
              b"\r", b"\n", b"x", b"\r\n\r", b"\r\r\n",
              b"x" * (256 * 1024 - 15) + b"\n.\r\n",
              b"x" * (256 * 1024 - 14) + b"\n.\r\n")]]


@pytest.mark.parametrize("keywords", sample(
    ["PIPELINING", "CHUNKING", "8BITMIME"], "PIPELINING"))
def test_no_text_is_a_second_message(installed, smarthost, tally, keywords):
    """Not even one that no sendmail has put into its canonical form."""
    host = smarthost(keywords=[keywords, "SIZE 1000000"])
    installed.relay_to(host, connections=1)
    head = b"Subject: x\r\n\r\n"
    for number, (body, _) in enumerate(BODIES):
        plant(installed.spool.path / "new" / identity(number),
              message=head + body)
    flusher = installed.flusher("-q")
    assert flusher.wait() == 0
    sent = sorted(message.data for message in host.messages)
    expected = sorted(head + body for body, whole in BODIES if whole)
    for _ in BODIES:
        tally("hostile text in new/", sent == expected)
    assert sent == expected
    assert all(message.recipients == [ONE] for message in host.messages)
    assert len(installed.spool.names("corrupt")) == len(BODIES) - len(sent)
    assert not any(b"x@y" in command.line for command in host.commands)


# What changes while it is looked at

class Gate:
    """A step of the smarthost at which something is done."""

    def __init__(self, deed):
        self.deed = deed
        self.done = False

    def __call__(self, session):
        if not self.done:
            self.done = True
            self.deed()


CHANGES = {
    "truncated": lambda path: os.truncate(path, 100),
    "emptied": lambda path: os.truncate(path, 0),
    "longer": lambda path: os.truncate(path, 1 << 40),
    "removed": os.unlink,
    "replaced by a link": lambda path: (os.unlink(path),
                                        os.symlink("/etc/shadow", path)),
    "replaced by a directory": lambda path: (os.unlink(path),
                                             os.mkdir(path)),
    "replaced by a FIFO": lambda path: (os.unlink(path), os.mkfifo(path)),
    "replaced by another": lambda path: (
        os.unlink(path), path.write_bytes(file_text([ONE] * 3))),
    "without its mode": lambda path: os.chmod(path, 0),
    "linked": lambda path: os.link(path, path.with_name("x")),
    "renamed": lambda path: os.rename(path, path.with_name(identity())),
}


@pytest.mark.parametrize("case", sample(
    [f"{change}, {settle}" for change in CHANGES
     for settle in ("sent", "deferred")],
    "truncated, sent", "replaced by a link, deferred",
    "replaced by another, deferred", "linked, sent"))
def test_a_file_that_changes_while_it_is_sent(installed, smarthost, secret,
                                              tally, case):
    """By the hand of its owner; and the agent has a descriptor of it."""
    change, settle = case.split(", ")
    path = installed.spool.path / "new" / identity(-10**6)
    plant(path, message=b"Subject: x\r\n\r\n" + b"x" * 70 + b"\r\n" * 200000)
    gate = Gate(lambda: as_user(INSIDER, lambda: CHANGES[change](path)))
    script = {"content": gate}
    if settle == "deferred":
        script[f"rcpt:{ONE}"] = reply("450 4.2.1 later")
        script = {"mail": gate, **script}
    host = smarthost(script=script)
    installed.relay_to(host, connections=1, relay_retry_max="1s")
    flusher = installed.started()
    wait_until(lambda: gate.done, "the change")
    installed.send(ALARM)
    settled(installed, flusher)
    tally("files that change while they are sent", True)
    assert secret.read_bytes() == SECRET
    assert all(len(message.data) > 400000 for message in host.messages
               if message.recipients != [ALARM])
    assert flusher.status is None


def test_a_file_that_is_replaced_all_the_time(installed, host, secret, tally,
                                              everything):
    """Between the check and the use: a link, a hard link and a message."""
    path = installed.spool.path / "new" / identity(-10**6)
    other = installed.spool.path / "tmp" / "other"
    good = file_text()

    def swap():
        while True:
            for deed in (lambda: path.write_bytes(good),
                         lambda: os.symlink(secret, other),
                         lambda: os.replace(other, path),
                         lambda: os.unlink(path),
                         lambda: os.mkfifo(path), lambda: os.unlink(path)):
                try:
                    deed()
                except OSError:
                    pass

    pid = os.fork()
    if pid == 0:
        become(INSIDER)
        swap()
        os._exit(0)
    try:
        flusher = installed.started()
        count = 300 if everything else 10
        for number in range(count):
            installed.send(ALARM)
            installed.call("-q")
        settled(installed, flusher, count)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    assert secret.read_bytes() == SECRET
    assert flusher.status is None
    assert not any(SECRET in message.data for message in host.messages)
    tally("files that change while they are sent", True)


# tmp/

OLD = time.time() - 100 * 3600


def make_old(path):
    os.utime(path, (OLD, OLD), follow_symlinks=False)


def test_the_cleaner_of_tmp(installed, host, secret):
    """What is old goes, unless it is a directory; what is named does not."""
    tmp = installed.spool.path / "tmp"
    deeds = {"link": lambda path: os.symlink(secret, path),
             "link to a directory": lambda path: os.symlink("/etc", path),
             "FIFO": os.mkfifo, "socket": make_socket,
             "file": lambda path: path.write_bytes(b"x"),
             "empty directory": os.mkdir}
    for name, deed in deeds.items():
        for age in ("old", "new"):
            path = tmp / f"{age} {name}"
            assert as_user(INSIDER, lambda: deed(path)) == 0
            if age == "old":
                make_old(path)
    linked(tmp / "old hard link", secret)
    make_old(tmp / "old hard link")
    full = tmp / "old full directory"
    full.mkdir()
    (full / "x").write_bytes(b"x")
    make_old(full)
    make_old(secret)
    flusher = installed.started()
    installed.send(ALARM)
    settled(installed, flusher)
    left = {path.name for path in tmp.iterdir()}
    assert left == {f"new {name}" for name in deeds} | {
        "old empty directory", "old full directory"}
    assert secret.read_bytes() == SECRET
    assert os.path.isdir("/etc")


def test_what_the_flusher_writes_beside_the_queue(installed, tally):
    """Its state and its rates are written whatever is in their way."""
    tmp = installed.spool.path / "tmp"
    for name in ("relay", "rate"):
        assert as_user(INSIDER, lambda: os.mkdir(tmp / name)) == 0
    installed.configure(relay="smtp://localhost:1", tls="none", rate="9/1h")
    installed.send(ALARM)
    flusher = installed.started()
    flusher.log.wait_for("all mail waits")
    assert not flusher.log.lines("cannot write")
    assert (installed.spool.path / "relay").read_text()
    result = installed.mailq()
    assert "refused" in result.stdout
