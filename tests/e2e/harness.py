"""A site to test: configuration, spool, credentials, and the programs."""

import dataclasses
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("ONEHOP_BUILD", SOURCE)).resolve()

# How long a condition may take to come true. No claim about speed: it only
# has to be longer than the slowest machine with a sanitizer needs.
PATIENCE = 60

SANITIZER = re.compile(r"(ERROR|WARNING): \w*Sanitizer|runtime error:")
USER, PASSWORD = "mailer@example.org", "correct horse battery"

# Sanitizers say all they know on stderr, and leaks count.
SANITIZER_OPTIONS = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:exitcode=99",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99"}


def wait_until(condition, what="the condition", patience=PATIENCE):
    """Poll until condition() is true and return its value."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true in {patience} s")
        time.sleep(0.01)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment(without_leaks=False, **extra):
    """What the programs see: little, and how sanitizers shall behave."""
    values = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8",
              "ONEHOP_LIBEXECDIR": str(BUILD), "ONEHOP_SBINDIR": str(BUILD),
              **SANITIZER_OPTIONS}
    for name in ("HOME", "USER", "LOGNAME", *SANITIZER_OPTIONS):
        if name in os.environ:
            values[name] = os.environ[name]
    if without_leaks:
        values["ASAN_OPTIONS"] += ":detect_leaks=0"
    values.update(extra)
    return {name: value for name, value in values.items() if value is not None}


def check_sanitizers(text):
    assert not SANITIZER.search(text), f"sanitizer report:\n{text}"


@dataclasses.dataclass
class Result:
    """How a program ended."""
    status: int
    stdout: str
    stderr: str


def run(command, input=b"", check_report=True, **options):
    """Run a program to its end; input is octets or an open file."""
    options.setdefault("env", environment())
    source = input if not isinstance(input, bytes) else subprocess.PIPE
    process = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, **options)
    try:
        octets = input if source is subprocess.PIPE else None
        stdout, stderr = process.communicate(octets, timeout=2 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        stdout, stderr = process.communicate()
        raise AssertionError(f"{command} did not end: {stderr!r}") from None
    result = Result(process.returncode,
                    stdout.decode(errors="backslashreplace"),
                    stderr.decode(errors="backslashreplace"))
    if check_report:
        check_sanitizers(result.stderr)
    return result


def program(name):
    return str(BUILD / name)


class Log:
    """The log lines that the flusher and its agents wrote to stderr."""

    def __init__(self, path):
        self.path = path

    def text(self):
        return self.path.read_text(errors="backslashreplace")

    def lines(self, pattern=""):
        return [line for line in self.text().splitlines()
                if re.search(pattern, line)]

    def events(self):
        """All but what this system or build lacks, said at the start."""
        return self.lines("^(?!.* not confined )")

    def wait_for(self, pattern, count=1):
        wait_until(lambda: len(self.lines(pattern)) >= count,
                   f"{count} log line(s) with {pattern!r}")
        return self.lines(pattern)


class Flusher:
    """An onehop-flush in the foreground."""

    def __init__(self, site, number, *arguments, prefix=(), **options):
        self.site = site
        self.path = site.directory / f"flusher-{number}.log"
        self.log = Log(self.path)
        with open(self.path, "wb") as stderr:
            self.process = subprocess.Popen(
                [*prefix, program("onehop-flush"), "-C",
                 str(site.configuration), *arguments],
                stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr,
                env=environment(), start_new_session=True, **options)
        self.pid = self.process.pid

    @property
    def status(self):
        return self.process.poll()

    def wait(self):
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError("the flusher does not end:\n" +
                                 self.log.text()) from None

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self):
        """SIGTERM, and wait for the good end that it must have."""
        if self.status is None:
            self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def agents(self):
        return [pid for pid in children(self.pid)
                if command_name(pid) == "onehop-smtp"]

    def cpu_seconds(self):
        return cpu_seconds(self.pid)

    def peak_rss(self):
        """KiB of the flusher and of the largest agent that runs now."""
        agents = [peak_rss(pid) for pid in self.agents()]
        return peak_rss(self.pid), max(agents, default=0)


def command_name(pid):
    """As the kernel has it; nothing when the process has gone."""
    try:
        return pathlib.Path(f"/proc/{pid}/comm").read_text().rstrip("\n")
    except OSError:
        return None


def children(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(word) for word in text.split()]


def group(leader):
    """The processes of a process group that have not ended."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader and fields[0] not in "ZX":
            found.append(int(path.parent.name))
    return found


def cpu_seconds(pid):
    """By the clock of the process: /proc counts hundredths only."""
    return time.clock_gettime(~pid << 3 | 2)    # CPUCLOCK_SCHED


def peak_rss(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    match = re.search(r"VmHWM:\s+(\d+) kB", text)
    return int(match[1]) if match else 0


def sanitized():
    """True if the programs were built with AddressSanitizer."""
    with open(program("sendmail"), "rb") as binary:
        return b"__asan_init" in binary.read()


class Spool:
    """What stands in the spool directory."""

    STATES = ("new", "cur", "failed", "corrupt", "tmp", "hold")

    def __init__(self, path):
        self.path = path

    def names(self, *states):
        """The file names in the given states, all of them by default."""
        found = []
        for state in states or self.STATES:
            directory = self.path / state
            if directory.is_dir():
                found += sorted(os.listdir(directory))
        return found

    def files(self, *states):
        return [entry for state in states or self.STATES
                if (self.path / state).is_dir()
                for entry in sorted((self.path / state).iterdir())]

    def only(self, *states):
        files = self.files(*states)
        assert len(files) == 1, files
        return files[0]

    def entry(self, *states):
        """The only message, decoded."""
        return Entry.read(self.only(*states))

    def message(self, *states):
        """The text of the only message, as it goes over the wire."""
        return self.entry(*states).message

    def fingerprint(self):
        """Inode, times and content of every file."""
        return {str(path): (path.stat().st_ino, path.stat().st_mtime_ns,
                            path.stat().st_ctime_ns, path.read_bytes())
                for path in self.files()}


@dataclasses.dataclass
class Entry:
    """A spool file as onehop-spool(5) describes it."""
    seal: dict          # size, body, crc32 and uid, as text
    sender: str
    recipients: list
    states: dict        # by recipient: "-" due, "D" delivered, "F" failed
    told: dict          # by recipient: " " of nothing, "-", "D" or "F"
    reasons: dict
    asked: dict         # by recipient, and "" for the message: fields
    envelope: bytes     # with the empty line
    message: bytes

    @classmethod
    def read(cls, path):
        octets = path.read_bytes()
        envelope, found, message = octets.partition(b"\n\n")
        assert found, f"no empty line in {octets[:300]!r}"
        lines = envelope.split(b"\n")
        assert lines[0] == b"onehop 1"
        address = rb"<((?:[^\"\[>]|\"(?:[^\"\\]|\\.)*\"|\[[^]]*\])*)>(.*)"
        marks = [cls.match(rb"to ([-DF])([- DF])(.{256}) " + address, line)
                 for line in lines[6:]]
        sender = cls.match(b"from " + address, lines[5])
        return cls(seal=dict(line.decode().split(" ", 1)
                             for line in lines[1:5]),
                   sender=sender[0],
                   recipients=[mark[3] for mark in marks],
                   states={mark[3]: mark[0] for mark in marks},
                   told={mark[3]: mark[1] for mark in marks},
                   reasons={mark[3]: mark[2].rstrip() for mark in marks},
                   asked={"": sender[1].strip(),
                          **{mark[3]: mark[4].strip() for mark in marks}},
                   envelope=envelope + found, message=message)

    @staticmethod
    def match(pattern, octets):
        """The groups of a match, as text: the mark has a width in octets."""
        return [group.decode("utf-8", "surrogateescape")
                for group in re.fullmatch(pattern, octets).groups()]


class Site:
    """One installation in a directory of its own."""

    def __init__(self, directory, certificates, **settings):
        self.directory = directory
        self.certificates = certificates
        self.configuration = directory / "onehop.conf"
        self.password = directory / "password"
        self.spool = Spool(directory / "spool")
        self.flushers = []
        self.settings = {"spool": self.spool.path, "log": "stderr",
                         "aliases": "/dev/null", "domain": "example.org",
                         "helo": "client.example.org",
                         "retry-min": "1s", "relay-retry-min": "1s",
                         "idle-timeout": "1s"}
        self.set_password(PASSWORD)
        self.configure(**settings)

    def configure(self, **settings):
        """Change settings; None takes one away. _ stands for -."""
        for keyword, value in settings.items():
            keyword = keyword.replace("_", "-")
            self.settings.pop(keyword, None)
            if value is not None:
                self.settings[keyword] = value
        self.configuration.write_text("".join(
            f"{keyword} {value}\n" for keyword, value in self.settings.items()))

    def set_password(self, password, mode=0o400):
        self.password.unlink(missing_ok=True)
        self.password.write_text(password + "\n")
        self.password.chmod(mode)

    def use(self, smarthost, **settings):
        """Relay to that smarthost, with its user if it has one."""
        values = {"relay": smarthost.url, "tls_ca_file": self.certificates.ca}
        if smarthost.tls == "none":
            values["tls"] = "none"
        if smarthost.user:
            values.update(user=smarthost.user, password_file=self.password)
        self.configure(**{**values, **settings})

    def sendmail(self, *arguments, input=b"Subject: test\n\ntext\n",
                 **options):
        return run([program("sendmail"), "-C", str(self.configuration),
                    *arguments], input, **options)

    def submit(self, *arguments, input=b"Subject: test\n\ntext\n", **options):
        """A submission that must succeed, silently.

        Where leaks are looked for, that takes as long as all else, and this
        is mostly how other tests begin: it is left to sendmail()."""
        options.setdefault("env", environment(without_leaks=True))
        result = self.sendmail(*arguments, input=input, **options)
        assert (result.status, result.stdout, result.stderr) == (0, "", "")

    def ctl(self, *arguments, **options):
        verb, *rest = arguments
        return run([program("onehopctl"), "-C", str(self.configuration), verb,
                    *rest], **options)

    def mailq(self, *arguments, **options):
        return run([program("mailq"), "-C", str(self.configuration),
                    *arguments], **options)

    def queue(self):
        """The objects of mailq -j."""
        result = self.mailq("-j")
        assert (result.status, result.stderr) == (0, "")
        return [json.loads(line) for line in result.stdout.splitlines()]

    def flusher(self, *arguments, **options):
        flusher = Flusher(self, len(self.flushers), *arguments, **options)
        self.flushers.append(flusher)
        return flusher

    def flush(self):
        """onehop-flush -q: (exit status, log)."""
        flusher = self.flusher("-q")
        return flusher.wait(), flusher.log

    def close(self):
        """Stop every flusher; complain about what sanitizers found."""
        for flusher in self.flushers:
            if flusher.status is None:
                try:
                    flusher.stop()
                except AssertionError:
                    flusher.kill()
                    raise
        for flusher in self.flushers:
            check_sanitizers(flusher.log.text())


def fields(message):
    """The header of a message: [(lower-case name, unfolded value)]."""
    header = message.partition(b"\r\n\r\n")[0].decode("utf-8",
                                                      "surrogateescape")
    unfolded = re.sub(r"\r\n(?=[ \t])", "", header)
    return [(name.lower(), value.strip())
            for name, _, value in (line.partition(":")
                                   for line in unfolded.split("\r\n"))]


def field(message, name):
    """All values of one header field."""
    return [value for found, value in fields(message) if found == name]


def body(message):
    return message.partition(b"\r\n\r\n")[2]
