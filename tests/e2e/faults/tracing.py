"""Faults at single system calls: a tracer, and which fault fits which call.

strace can inject too, but it cannot kill after a call nor shorten one, it
takes several times as long, and it cannot run another program at a call.
"""

import dataclasses
import errno
import os
import pathlib
import platform
import re
import shlex
import shutil
import subprocess

import pytest

from harness import PATIENCE, environment, sanitized

SOURCE = pathlib.Path(__file__).with_name("tracer.c")
O_CREAT = os.O_CREAT
AT_EMPTY_PATH = 0x1000

READS = {"read", "pread64", "recvfrom", "recvmsg"}
WRITES = {"write", "pwrite64", "writev"}
SYNCS = {"fsync", "fdatasync"}
NAMES = {"rename", "renameat", "renameat2", "link", "linkat", "mkdir",
         "mkdirat", "mknodat"}
REMOVALS = {"unlink", "unlinkat"}
OPENS = {"open", "openat"}
LOOKS = {"fstat", "newfstatat", "statx", "faccessat", "faccessat2",
         "getdents64", "readlink", "readlinkat"}
SOCKETS = {"socket", "socketpair", "accept", "accept4", "pipe2"}
FORKS = {"fork", "vfork", "clone", "clone3"}

# What the kernel may say, and to which calls.  "create" is an openat with
# O_CREAT.
FAULTS = {
    "ENOSPC": WRITES | SYNCS | NAMES | {"create"},
    "EDQUOT": WRITES | SYNCS | NAMES | {"create", "close"},
    "EIO": READS - {"recvfrom", "recvmsg"} | WRITES | SYNCS | NAMES |
    REMOVALS | OPENS | LOOKS | {"create", "close", "execve", "fchmod"},
    "EROFS": NAMES | REMOVALS | {"create", "fchmod", "fchown"},
    "EMFILE": OPENS | SOCKETS | {"create", "dup", "dup2", "dup3"},
    "ENFILE": OPENS | SOCKETS | {"create"},
    "ENOMEM": OPENS | SOCKETS | FORKS | LOOKS | SYNCS | NAMES | REMOVALS |
    {"create", "mmap", "brk", "mremap", "mprotect", "execve", "poll",
     "ppoll", "connect", "bind", "sendto", "sendmsg", "recvmsg", "recvfrom"},
    "EAGAIN": FORKS,
    "EINTR": READS | WRITES | SYNCS |
    {"close", "connect", "accept", "accept4", "sendto", "sendmsg", "poll",
     "ppoll", "flock", "wait4", "nanosleep", "clock_nanosleep"},
}

# The Linux kernel closes it whatever it says, and a sync may have done its
# work when it cannot say so.
DONE_ANYWAY = {"close"}
SHORTENED = {"read", "pread64", "write", "pwrite64"}


@dataclasses.dataclass(frozen=True)
class Call:
    """A system call that a program made: the index counts from 1."""
    index: int
    name: str
    result: int         # None: it did not come back
    arguments: tuple

    @property
    def kind(self):
        """Its name, or "create", or "fstat" by another name."""
        if self.name == "newfstatat" and self.arguments[3] & AT_EMPTY_PATH:
            return "fstat"
        create = self.name == "openat" and self.arguments[2] & O_CREAT or \
            self.name == "open" and self.arguments[1] & O_CREAT
        return "create" if create else self.name

    def can_fail(self, error):
        return self.kind in FAULTS[error]


@dataclasses.dataclass
class Run:
    """How a traced program ended, and what was done to it."""
    status: int
    stdout: str
    stderr: str
    hits: list          # names of the calls that were
    calls: list         # or those that it made
    command: str        # to do it again

    @property
    def killed(self):
        return self.status < 0


class Judge:
    """Counts the faults of a row, and keeps what was not survived."""

    def __init__(self, tally):
        self.tally = tally
        self.failures = []

    def judge(self, row, check, describe):
        """check() asserts that it was; describe() says what to look at."""
        try:
            check()
            self.tally(row, True)
        except AssertionError as error:
            self.tally(row, False)
            reason = str(error).partition("\n")[0]
            self.failures.append(f"{reason}: {describe()}")


class Tracer:
    def __init__(self, directory):
        self.program = directory / "tracer"
        subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o",
                        self.program, SOURCE], check=True)
        text = subprocess.run(
            ["gcc", "-E", "-dM", "-xc", "-"], check=True, text=True,
            input="#include <asm/unistd.h>\n", capture_output=True).stdout
        self.numbers = {name: int(number) for name, number in re.findall(
            r"#define __NR_(\w+) (\d+)", text)}
        self.names = {number: name for name, number in self.numbers.items()}

    def options(self, program, at=None, deed=None, names=(), keep=False,
                during=None):
        words = ["-p", program]
        if at is not None:
            words += ["-n", str(at), "-d", deed or "nothing"]
        for name in sorted(names):
            if name in self.numbers:
                words += ["-s", str(self.numbers[name])]
        if during is not None:
            words += ["-x", during]
        return [*words, *(["-k"] if keep else [])]

    def start(self, command, program, *, stderr=subprocess.PIPE, cwd=None,
              stdin=subprocess.PIPE, stdout=subprocess.PIPE, **what):
        """The process, and the end of a pipe with the report."""
        end, report = os.pipe()
        words = [str(self.program), *self.options(program, **what),
                 str(report), *map(str, command)]
        process = subprocess.Popen(
            words, stdin=stdin, stdout=stdout, stderr=stderr,
            pass_fds=[report], env=environment(), cwd=cwd)
        os.close(report)
        return process, open(end, errors="backslashreplace"), words

    def run(self, command, program, input=b"", **what):
        """To the end of the program and of all that it has begun."""
        process, report, words = self.start(command, program, **what)
        with report:
            stdout, stderr = process.communicate(input, timeout=2 * PATIENCE)
            lines = report.read().splitlines()
        hits = [self.names.get(int(line.split()[-1]), "?")
                for line in lines if line.startswith("hit ")]
        calls = [] if what.get("at") else self.calls(lines)
        return Run(process.returncode, (stdout or b"").decode(),
                   (stderr or b"").decode(), hits, calls,
                   shlex.join(words))

    def calls(self, lines):
        found = []
        for line in lines:
            number, result, *arguments = line.split()
            found.append(Call(
                len(found) + 1, self.names.get(int(number), number),
                None if result == "?" else int(result),
                tuple(int(argument) for argument in arguments)))
        return found


def number_of(error):
    return getattr(errno, error)


def deed_for(error, call):
    done = "-after" if call.kind in DONE_ANYWAY else ""
    return f"fail{done}={number_of(error)}"


def spread(items, count):
    """So many from all over, with the last one."""
    if len(items) <= count:
        return items
    items = items[::-1]
    return [items[index * len(items) // count] for index in range(count)]


def one_of_each(calls, kinds):
    """For a sample: of those of each of these kinds, one in the middle."""
    groups = {}
    for call in calls:
        if call.kind in kinds:
            groups.setdefault(call.kind, []).append(call)
    return [group[(len(group) - 1) // 2] for group in groups.values()]


def make(directory):
    if platform.machine() != "x86_64" or not shutil.which("gcc"):
        pytest.skip("the tracer needs gcc and an x86-64")
    if sanitized():
        pytest.skip("a sanitizer makes calls of its own, and stops at errors")
    tracer = Tracer(directory)
    run = tracer.run(["/bin/true"], "true")
    if "PTRACE" in run.stderr:
        pytest.skip("this system does not allow tracing")
    assert run.status == 0 and run.calls
    return tracer
