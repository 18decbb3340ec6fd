"""What programs did to a spool, call by call, as strace has seen it.

A recorder gives each program a prefix that traces it into a file of its own;
their clock is the same, so the files together are one sequence of events.
"""

import dataclasses
import os
import re
import shutil
import subprocess

from harness import wait_until

# All that changes files or makes them durable. What the model of the disk does
# not know must be here, too, so that it is noticed.
CALLS = """open openat creat write pwrite64 writev pwritev pwritev2 truncate
    ftruncate fallocate fsync fdatasync sync syncfs sync_file_range msync link
    linkat rename renameat renameat2 unlink unlinkat rmdir mkdir mkdirat mknod
    mknodat symlink symlinkat copy_file_range sendfile splice lseek mmap
    exit_group""".split()

LINE = re.compile(r"(\d+) +(\d+\.\d+) (.*)")
BEGUN = re.compile(r"(.*?) <unfinished \.\.\.>")
RESUMED = re.compile(r"<\.\.\. \w+ resumed>(.*)")
EXIT = re.compile(r"(?:<\.\.\. )?exit_group(?: resumed>|\((\d+))")
CALL = re.compile(r"(\w+)\((.*)\) += (-?\w+)(.*)")
STRING = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
DESCRIPTOR = re.compile(r"(-?\d+|AT_FDCWD)(?:<((?:\\x[0-9a-f]{2})*)>)?")


@dataclasses.dataclass(frozen=True)
class Role:
    """What the traced program was started for."""
    what: str           # "submission", "removal", "flusher"
    token: str = None   # the message, for the first two


@dataclasses.dataclass(frozen=True)
class Event:
    """A call that has returned, or "exit" for the end of a program."""
    begin: float
    end: float
    role: Role
    pid: int
    name: str
    arguments: tuple
    result: int


def unescape(text):
    return bytes.fromhex(text.replace("\\x", ""))


def escape(text):
    """As a regular expression for what strace prints."""
    return "".join(rf"\\x{octet:02x}" for octet in text.encode())


def split(text):
    """The arguments of a call; strings are all in hexadecimal."""
    return tuple(text.split(", "))


def string(argument):
    match = STRING.fullmatch(argument)
    assert match, f"{argument[:80]!r} has been cut short"
    return unescape(match[1])


def descriptor(argument):
    """Number and path, each None where there is none."""
    match = DESCRIPTOR.match(argument)
    assert match, argument[:80]
    number = None if match[1] == "AT_FDCWD" else int(match[1])
    return number, match[2] and os.fsdecode(unescape(match[2]))


def path_at(directory, name):
    """The path that the two arguments of an *at() call mean."""
    return os.path.normpath(os.path.join(descriptor(directory)[1] or "",
                                         os.fsdecode(string(name))))


def available():
    """Whether programs can be traced here."""
    return bool(shutil.which("strace")) and not subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-o", "/dev/null", "true"],
        check=False, capture_output=True).returncode


class Trace:
    """The file of one program."""

    def __init__(self, path, role):
        self.path = path
        self.role = role

    def is_complete(self):
        """Whether the program and all that it has started have ended."""
        if not self.path.exists():
            return False
        pids, ended = set(), set()
        for line in self.path.read_text().splitlines():
            pids.add(line.split()[0])
            if " +++ " in line:
                ended.add(line.split()[0])
        return bool(pids) and pids == ended

    def read(self):
        """Its events; of calls that failed there is none."""
        first, begun = None, {}
        for line in self.path.read_text().splitlines():
            pid, time, text = LINE.fullmatch(line).groups()
            first = first or pid
            ended = EXIT.match(text)
            if ended and ended[1] and pid == first:
                yield Event(float(time), float(time), self.role, int(pid),
                            "exit", (), int(ended[1]))
            if ended:
                continue
            part = BEGUN.fullmatch(text)
            if part:
                begun[pid] = float(time), part[1]
                continue
            start = end = float(time)
            part = RESUMED.fullmatch(text)
            if part:
                start, before = begun.pop(pid)
                text = before + part[1]
            call = CALL.fullmatch(text)
            if call is None or call[3].startswith(("-", "?")):
                continue
            if not part:
                end = start + float(call[4].rpartition("<")[2].rstrip(">"))
            yield Event(start, end, self.role, int(pid), call[1],
                        split(call[2]), int(call[3], 0))


class Recorder:
    """Traces programs, one file each."""

    def __init__(self, directory):
        self.directory = directory
        self.traces = []

    def prefix(self, what, token=None, inject=None):
        """What to put before a command; inject is strace's, a fault."""
        path = self.directory / f"trace-{len(self.traces)}"
        self.traces.append(Trace(path, Role(what, token)))
        # The tracer is nobody's parent: status and signals are the program's.
        return ["strace", "-DD", "-f", "-ttt", "-T", "-y", "-xx", "-s",
                "100000000", "--seccomp-bpf", "-o", str(path), "-e",
                "trace=" + ",".join("?" + name for name in CALLS),
                *(["-e", f"inject={inject}"] if inject else [])]

    def events(self):
        """Everything, in the order in which it was done."""
        for trace in self.traces:
            wait_until(trace.is_complete, f"the end of {trace.path}")
        return sorted((event for trace in self.traces
                       for event in trace.read()),
                      key=lambda event: event.end)
