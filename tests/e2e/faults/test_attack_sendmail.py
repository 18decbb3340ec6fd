"""sendmail with its setgid bit, called by somebody who means it ill.

Whatever he makes of environment, descriptors, arguments, limits and signals:
exit status 0 says that the message is in the spool, complete, once. Any other
is of sysexits(3), and nothing is left that would be sent; no core, no hang.
"""

import ctypes
import itertools
import os
import pathlib
import resource
import select
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import pytest

import attack
from attack import (ATTACKER, LETTER, ONE, STATUSES, STRANGER, become,
                    check_complete)
from harness import sanitized, wait_until

BODY = b"text\r\n"


@pytest.fixture(scope="module")
def one_installation(certificates):
    """One for all these tests: there is no flusher to leave anything."""
    if os.geteuid() != 0:
        pytest.skip("needs root")
    with tempfile.TemporaryDirectory(prefix="onehop-test-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        with attack.installation(directory, certificates) as site:
            yield site


@pytest.fixture
def installed(one_installation):
    yield one_installation
    one_installation.clear()
    one_installation.configure(max_size=None)


def outcome(site, status, complete=True, killed=()):
    """The promise; whether the message is there."""
    names = site.spool.names("new")
    assert status in (0, *STATUSES, *(-number for number in killed)), status
    if status == 0:
        assert len(names) == 1
        check_complete(site.spool.only("new"), [ONE],
                       BODY if complete else None)
        assert site.spool.only("new").stat().st_mode & 0o7777 == 0o660
    else:
        assert names == []
    if status in STATUSES:
        assert site.spool.names("tmp") == []
    assert site.spool.names("cur", "hold", "failed", "corrupt") == []
    assert not list(site.directory.glob("core*"))
    site.clear()
    return status == 0


def attempt(site, tally, row, *arguments, killed=(), complete=True, what="",
            **options):
    """A call under some attack, and whether it was taken."""
    result = site.call(*(arguments or [ONE]), check_report=not killed,
                       **options)
    try:
        taken = outcome(site, result.status, complete, killed)
        assert result.stdout == "" and (not taken or result.stderr == "")
    except AssertionError as error:
        tally(row, False)
        raise AssertionError(f"{what}: {result}: {error}") from None
    tally(row, True)
    return result


# The environment

def hostile(trap):
    """Each of these names what only the owner of the spool can read, or would
    load or write something, for a program that heeds it."""
    return {
        **{name: f"{trap}/evil.so" for name in (
            "LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "LD_ORIGIN_PATH",
            "GCONV_PATH", "LOCPATH", "NLSPATH")},
        **{name: f"{trap}/written" for name in (
            "LD_DEBUG_OUTPUT", "LD_PROFILE_OUTPUT", "MALLOC_TRACE", "MEMUSAGE",
            "GMON_OUT_PREFIX", "SEGFAULT_OUTPUT_NAME", "TMPDIR")},
        **{name: "/etc/shadow" for name in (
            "HOSTALIASES", "RESOLV_HOST_CONF", "GETCONF_DIR", "LOCALDOMAIN",
            "NIS_PATH", "HOSTRESORDER", "MAILRC", "SSLKEYLOGFILE",
            "OPENSSL_CONF", "TZDIR", "ENV", "BASH_ENV")},
        "TZ": ":/etc/shadow", "LD_DEBUG": "all", "LD_BIND_NOW": "1",
        "LD_SHOW_AUXV": "1", "LD_TRACE_LOADED_OBJECTS": "1",
        "LD_PROFILE": "libc.so.6", "LANG": "../../../etc/shadow",
        "LC_ALL": "/etc/shadow", "LANGUAGE": "../..", "IFS": "/ -",
        "PATH": str(trap), "RES_OPTIONS": "debug use-vc",
        "GLIBC_TUNABLES": "glibc.malloc.mxfast=x" * 30,
        "MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "65",
        "MALLOC_TOP_PAD_": "-1", "MALLOC_ARENA_TEST": "0",
        "HOME": str(trap), "USER": "root", "LOGNAME": "root",
        "MAILNAME": "evil.example", "NAME": "root", "EMAIL": "root@evil",
        "POSIXLY_CORRECT": "1", "ONEHOP_SBINDIR": str(trap),
        "ONEHOP_LIBEXECDIR": str(trap), "EMPTY": ""}


@pytest.fixture
def trap(installed):
    """A directory with programs of the attacker's."""
    path = installed.directory / "trap"
    path.mkdir()
    os.chown(path, ATTACKER, ATTACKER)
    for name in ("onehop-sendmail", "onehop-smtp", "onehopctl", "sh",
                 "onehop-flush", "evil.so"):
        tool = path / name
        tool.write_text(f"#!/bin/sh\nid >>{path}/ran\n")
        tool.chmod(0o755)
        os.chown(tool, ATTACKER, ATTACKER)
    yield path
    shutil.rmtree(path)


def test_environment(installed, trap, tally):
    row = "hostile environments of sendmail"
    before = {path.name for path in trap.iterdir()}
    variables = hostile(trap)
    for name, value in variables.items():
        for uid in (ATTACKER, STRANGER):
            result = attempt(installed, tally, row, uid=uid, what=name,
                             env={name: value} )
            assert result.status == 0, f"{name}: {result}"
    for uid in (ATTACKER, STRANGER):
        for env in (variables, {}):
            result = attempt(installed, tally, row, env=env, uid=uid)
            assert result.status == 0, result
    assert {path.name for path in trap.iterdir()} == before


def test_the_sender_is_not_the_environments(installed, trap):
    installed.send(ONE, uid=ATTACKER, env=hostile(trap))
    text = installed.spool.only("new").read_bytes()
    assert b"root" not in text and b"evil" not in text
    assert f"userid {ATTACKER})".encode() in text
    assert b"+0000" in text or time.strftime("%z").encode() in text


def test_a_huge_environment(installed, tally):
    """As large as the kernel allows, and entries of no form."""
    row = "hostile environments of sendmail"
    for env in ({f"V{number}": "x" * 100_000 for number in range(15)},
                {f"V{number}": "" for number in range(50_000)},
                {"x" * 100_000: "y"}):
        assert attempt(installed, tally, row, env=env).status == 0


# Descriptors

def close(*numbers):
    def deed():
        for number in numbers:
            try:
                os.close(number)
            except OSError:
                pass
    return deed


def test_closed_descriptors(installed, tally):
    """Each combination.  For a program like this one, the C library sees to
    it that a stdin which was closed cannot be read."""
    row = "descriptors of sendmail closed"
    for count in range(4):
        for numbers in itertools.combinations(range(3), count):
            result = attempt(installed, tally, row, before=close(*numbers),
                             what=numbers)
            assert result.status == (74 if 0 in numbers else 0)


def test_closed_descriptors_of_a_refusal(installed, tally):
    row = "descriptors of sendmail closed"
    for count in range(4):
        for numbers in itertools.combinations(range(3), count):
            result = attempt(installed, tally, row, "a@",
                             before=close(*numbers))
            assert result.status == 65
            assert bool(result.stderr) == (2 not in numbers)


def test_descriptors_left_open(installed, tally):
    """Hundreds, among them one that a spool file could be mistaken for."""
    def before():
        for _ in range(500):
            os.set_inheritable(os.open("/", os.O_RDONLY), True)

    assert attempt(installed, tally, "descriptors of sendmail closed",
                   before=before, close_fds=False).status == 0


def ended_socket():
    pair = socket.socketpair()
    pair[1].close()
    return pair[0]


def reset_socket():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                      b"\1\0\0\0\0\0\0\0")
    server.close()
    return client


def hung_up():
    leader, follower = os.openpty()
    os.close(leader)
    return Descriptor(follower)


class Descriptor:
    """One for a while."""

    def __init__(self, number):
        self.number = number

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.number)

    def fileno(self):
        return self.number


def descriptor(path, flags):
    return lambda: Descriptor(os.open(path, flags))


STDIN = {
    "directory": (descriptor("/", os.O_RDONLY), {74}),
    "write only": (descriptor("/dev/null", os.O_WRONLY), {74}),
    "path": (descriptor("/etc/passwd", os.O_PATH), {71}),
    "zeros": (descriptor("/dev/zero", os.O_RDONLY), {65, 69}),
    "full": (descriptor("/dev/full", os.O_RDONLY), {65, 69}),
    "ended socket": (ended_socket, {0}),
    "reset socket": (reset_socket, {0, 74}),
    "listening socket": (lambda: socket.create_server(("127.0.0.1", 0)),
                         {74}),
    "epoll": (select.epoll, {74}),
    "terminal that hung up": (hung_up, {0, 74, 75}),
}


def test_stdin(installed, tally):
    for what, (make, statuses) in STDIN.items():
        with make() as stdin:
            result = attempt(installed, tally,
                             "stdin of sendmail of all kinds", input=stdin,
                             complete=False, what=what)
        assert result.status in statuses, (what, result)
        assert bool(result.stderr) == (result.status != 0)


def test_stdin_that_does_not_wait(installed, tally):
    """As a program leaves it that reads from the other end, too."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with subprocess.Popen([installed.sendmail_path, ONE], stdin=reader,
                          stderr=subprocess.PIPE, cwd="/",
                          preexec_fn=lambda: become(ATTACKER)) as call:
        for line in LETTER.splitlines(True):
            time.sleep(0.1)
            os.write(writer, line)
        os.close(writer)
        assert (call.wait(), call.stderr.read()) == (0, b"")
    os.close(reader)
    outcome(installed, 0)
    tally("stdin of sendmail of all kinds", True)


# Arguments

def execute(site, argv, env=None, before=lambda: None):
    """execve(2) with any argv, even none at all: its status."""
    libc = ctypes.CDLL(None, use_errno=True)
    reader, writer = os.pipe()
    os.write(writer, LETTER)
    os.close(writer)
    pid = os.fork()
    if pid == 0:
        os.dup2(reader, 0)
        become(ATTACKER)
        before()
        words = (ctypes.c_char_p * (len(argv) + 1))(*argv, None)
        values = (ctypes.c_char_p * (len(env or []) + 1))(*(env or []), None)
        libc.execve(os.fsencode(site.sendmail_path), words, values)
        os._exit(200 + ctypes.get_errno() % 50)
    os.close(reader)
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


ARGV = {
    "none": [], "one that is empty": [b""], "a name alone": [b"sendmail"],
    "a slash": [b"/"], "a name of a megabyte": [b"x" * 100_000, ONE.encode()],
    "mailq": [b"mailq"], "newaliases": [b"newaliases"], "--submit":
    [b"sendmail", b"--submit"], "--submit and a file": [
        b"sendmail", b"--submit", b"/etc/shadow"],
    "controls": [b"\n\x1b[2J\xff", b"\n\x1b[2J\xff"],
    "format": [b"%s%n%n", b"%s%n%n", b"-F%s%n", b"-f%n"],
    "-C shadow": [b"sendmail", b"-C", b"/etc/shadow", ONE.encode()],
    "-C a FIFO": [b"sendmail", b"-C", b"/dev/stdin", b"-bv", ONE.encode()],
    "-C a device": [b"sendmail", b"-C/dev/zero", ONE.encode()],
    "very many": [b"sendmail", *[b"-i"] * 100_000],
    "a long option": [b"sendmail", b"-f" + b"x" * 100_000, ONE.encode()],
}
TAKEN = ("a name of a megabyte",)


def test_arguments(installed, tally):
    """With argv[0] NULL there are no recipients; no privilege is kept for
    what is another's."""
    for what, argv in ARGV.items():
        status = execute(installed, argv)
        names = installed.spool.names("new")
        held = status in (0, *STATUSES) and len(names) <= (status == 0)
        tally("argv of sendmail of all kinds", held)
        assert held, (what, status, names)
        if what in ("none", "one that is empty", "a name alone", "a slash"):
            assert status == 64
        assert (len(names) == 1) == (what in TAKEN), what
        installed.clear()


# Limits

def limited(kind, soft, hard=None):
    return lambda: resource.setrlimit(kind, (soft, soft if hard is None
                                             else hard))


def test_file_size(installed, tally, everything):
    """RLIMIT_FSIZE; also with a message of several writes."""
    row = "resource limits of sendmail"
    sizes = [0, 1, 59, 100, 300, 4096, 10**5, 2 * 10**5, 10**7]
    for size in sizes + [*range(0, 800, 9)] * everything:
        for text in (LETTER, LETTER[:-5] + b"x" * 300_000 + b"\ntext\n"):
            result = attempt(installed, tally, row, input=text,
                             complete=text is LETTER, what=(size, len(text)),
                             before=limited(resource.RLIMIT_FSIZE, size))
            # In between it depends on the length of the envelope.
            if not len(text) < size <= len(text) + 700:
                assert (result.status == 0) == (size > len(text))


def test_descriptor_number(installed, tally):
    row = "resource limits of sendmail"
    statuses = set()
    for number in range(12):
        result = attempt(installed, tally, row, what=number,
                         before=limited(resource.RLIMIT_NOFILE, number))
        statuses.add(result.status)
        assert number < 3 or result.status == 0 or result.stderr
    assert 0 in statuses and len(statuses) > 1


def test_descriptor_number_and_closed(installed, tally):
    row = "resource limits of sendmail"
    for number in range(6):
        for closed in itertools.combinations(range(3), 2):
            def before():
                close(*closed)()
                limited(resource.RLIMIT_NOFILE, number)()

            # The C library ends a program that it cannot give these three.
            attempt(installed, tally, row, before=before,
                    killed=[signal.SIGSEGV], what=(number, closed))


def test_memory(installed, tally, everything):
    """RLIMIT_AS, down to where the kernel cannot even begin the program,
    which it then kills; RLIMIT_DATA and RLIMIT_STACK."""
    if sanitized():
        pytest.skip("a sanitizer needs memory of its own")
    row = "resource limits of sendmail"
    text = b"Subject: x\n" + b"X: y\n" * 30_000 + b"\ntext\n"
    by_libc = -127      # a status: it cannot begin the program either
    step = 64 if everything else 512
    taken = 0
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA):
        for kilobytes in range(64, 8192, step):
            result = attempt(
                installed, tally, row, input=text, what=(kind, kilobytes),
                before=limited(kind, kilobytes * 1024),
                killed=(signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT,
                        signal.SIGBUS, by_libc))
            taken += result.status == 0
    assert taken


def test_other_limits(installed, tally):
    for kind, value in (("CORE", 0), ("CORE", -1), ("NPROC", 0),
                        ("STACK", 65536), ("CPU", 1), ("MEMLOCK", 0),
                        ("SIGPENDING", 0), ("NICE", 0), ("RTPRIO", 0),
                        ("MSGQUEUE", 0)):
        number = getattr(resource, f"RLIMIT_{kind}")
        result = attempt(installed, tally, "resource limits of sendmail",
                         before=limited(number, value), what=kind)
        assert result.status == 0


def test_slow_and_unimportant(installed, tally):
    def before():
        os.nice(19)
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))

    assert attempt(installed, tally, "resource limits of sendmail",
                   before=before).status == 0


def test_umask(installed, tally):
    for umask in (0, 0o077, 0o777):
        assert attempt(installed, tally, "umask and directory of sendmail",
                       before=lambda: os.umask(umask)).status == 0


def test_directories(installed, tally):
    """That is gone, or cannot be read or searched."""
    row = "umask and directory of sendmail"
    mine = installed.directory / "mine"
    for mode in (None, 0, 0o111, 0o444):
        directory = mine / "cwd"
        directory.mkdir(parents=True)
        os.chown(directory, ATTACKER, ATTACKER)
        os.chown(mine, ATTACKER, ATTACKER)

        def before():
            os.chdir(directory)
            if mode is None:
                os.rmdir(directory)
            else:
                os.chmod(directory, mode)

        # preexec_fn comes after cwd, and as the attacker.
        assert attempt(installed, tally, row, before=before).status == 0
        if directory.exists():
            directory.rmdir()
        mine.rmdir()


# Signals that were set before

IGNORED = [number for number in range(1, 65)
           if number not in (signal.SIGKILL, signal.SIGSTOP, 32, 33)]


def test_all_signals_ignored(installed, tally):
    def before():
        for number in IGNORED:
            signal.signal(number, signal.SIG_IGN)

    assert attempt(installed, tally, "signals of sendmail",
                   before=before).status == 0


def test_all_signals_blocked(installed, tally):
    def before():
        signal.pthread_sigmask(signal.SIG_BLOCK, IGNORED)

    assert attempt(installed, tally, "signals of sendmail",
                   before=before).status == 0


def test_blocked_signals_still_interrupt(installed, tally):
    """What a caller has blocked does not make it one that cannot be ended."""
    reader, writer = os.pipe()

    def before():
        become(ATTACKER)
        signal.pthread_sigmask(signal.SIG_BLOCK, IGNORED)

    with subprocess.Popen([installed.sendmail_path, ONE], stdin=reader,
                          stderr=subprocess.PIPE, cwd="/",
                          preexec_fn=before) as call:
        os.write(writer, LETTER)
        wait_until(lambda: installed.spool.names("tmp"), "a draft")
        call.terminate()
        assert call.wait() == 75
    outcome(installed, 75)
    os.close(reader)
    os.close(writer)
    tally("signals of sendmail", True)


def test_each_signal_while_it_reads(installed, tally, everything):
    """It ends, by its own hand or by the signal, and nothing is there."""
    for number in IGNORED:
        if number not in HARMLESS and (
                everything or number < 16 or number % 10 == 0):
            send_signal(installed, tally, number)


HARMLESS = (signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH, signal.SIGCONT,
            signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)


def send_signal(installed, tally, number):
    reader, writer = os.pipe()
    with subprocess.Popen([installed.sendmail_path, ONE], stdin=reader,
                          stderr=subprocess.PIPE, cwd="/",
                          preexec_fn=lambda: (limited(
                              resource.RLIMIT_CORE, 0)(),
                              become(ATTACKER))) as call:
        os.write(writer, LETTER)
        wait_until(lambda: installed.spool.names("tmp"), "a draft")
        call.send_signal(number)
        if number in (signal.SIGPIPE, signal.SIGXFSZ):
            os.close(writer)
            writer = None
        status = call.wait()
    os.close(reader)
    if writer is not None:
        os.close(writer)
    outcome(installed, status, killed=[number])
    assert (status == 0) == (number in (signal.SIGPIPE, signal.SIGXFSZ))
    tally("signals of sendmail", True)


def test_stopped_and_continued(installed, tally):
    for _ in range(5):
        with subprocess.Popen(
                [installed.sendmail_path, ONE], stdin=subprocess.PIPE,
                cwd="/", preexec_fn=lambda: become(ATTACKER)) as call:
            call.stdin.write(LETTER)
            for _ in range(10):
                call.send_signal(signal.SIGSTOP)
                call.send_signal(signal.SIGCONT)
            call.stdin.close()
            assert call.wait() == 0
        outcome(installed, 0)
        tally("signals of sendmail", True)
