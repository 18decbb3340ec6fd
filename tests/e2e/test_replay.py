"""What real programs were seen to do, replayed: callers/*.json.

Each file is one call of sendmail by an unmodified program: the name it was
called by, its arguments, environment, descriptors and ignored signals, the
octets on its standard input, and what has to come of it under "expect".
"""

import base64
import json
import os
import pathlib
import pty
import pwd
import re
import shutil
import signal
import socket
import subprocess

import pytest

from harness import SANITIZER_OPTIONS, Entry, Site, body, check_sanitizers, \
    field, fields, program, run
from smarthost import KEYWORDS

DOMAIN = "host1.example.org"    # the machine on which they were recorded
FILES = sorted(pathlib.Path(__file__).with_name("callers").glob("*.json"))
FIELD = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")
KEYS = {"mode", "sender", "recipients", "full_name", "ignore_dots",
        "parse_error", "dsn", "body_type"}
CASES = {path.stem: json.loads(path.read_text()) for path in FILES}
MESSAGES = [name for name, case in CASES.items()
            if case["expect"]["mode"] == "m"]
DIALOGUES = [name for name, case in CASES.items()
             if case["expect"]["mode"] == "smtp"]


class Caller:
    """A captured call, and whoever makes it here."""

    def __init__(self, name, site, login, identity):
        self.case = CASES[name]
        self.expect = self.case["expect"]
        self.site = site
        self.login = login
        self.identity = identity
        self.argv = self.case["argv"]
        self.input = base64.b64decode(self.case["stdin_b64"])

    @property
    def options(self):
        """The arguments before the recipients."""
        return self.argv[1:]

    def sender(self):
        """Without -f or -r the sender is whoever runs it."""
        explicit = any(word[:2] in ("-f", "-r") for word in self.options)
        own = f"{self.case['uid']}@{DOMAIN}"
        if self.expect["sender"] == own and not explicit:
            return f"{self.login}@{DOMAIN}"
        return self.expect["sender"]

    def recipients(self):
        """A name at localhost is one of this site."""
        found = [address.replace("@localhost", f"@{DOMAIN}")
                 for address in self.expect["recipients"]]
        # Two bare words are two names, as for sendmail and Postfix; what
        # recorded the call kept the first of "Full Name" only.
        if f"Full@{DOMAIN}" in found:
            found.insert(found.index(f"Full@{DOMAIN}") + 1, f"Name@{DOMAIN}")
        return found

    def prepare(self):
        """In the new process: what the caller ignores, and has closed."""
        mask = int(self.case.get("signals_ignored_mask", "0"), 16)
        for number in signal.valid_signals():
            if mask >> (number - 1) & 1 and number < signal.SIGRTMIN:
                signal.signal(number, signal.SIG_IGN)
        for number, name in ((1, "stdout"), (2, "stderr")):
            if self.case["fds"][name] == "closed":
                os.close(number)

    def environment(self):
        return {**self.case["env"], **SANITIZER_OPTIONS}

    def directory(self):
        return "/" if self.case["cwd"] == "/" else str(self.site.directory)

    def stdin(self):
        """The input as the caller gave it: a file, a socket or a pipe."""
        if self.case["fds"]["stdin"] == "file":
            path = self.site.directory / "stdin"
            path.write_bytes(self.input)
            return os.open(path, os.O_RDONLY), None
        if self.case["fds"]["stdin"] == "socket":
            near, far = socket.socketpair()
            near.sendall(self.input)
            near.close()
            return far.detach(), None
        return subprocess.PIPE, self.input

    def streams(self):
        """stdout and stderr: a terminal if the caller had one."""
        if self.case["fds"]["stdout"] != "tty":
            return subprocess.PIPE, subprocess.PIPE, None
        near, far = pty.openpty()
        return far, far, near

    def call(self):
        """Makes the call: the status and all that it has said."""
        stdin, octets = self.stdin()
        stdout, stderr, terminal = self.streams()
        process = subprocess.Popen(
            [self.argv[0], "-C", str(self.site.configuration),
             *self.argv[1:]], executable=program("sendmail"),
            stdin=stdin, stdout=stdout, stderr=stderr,
            env=self.environment(), cwd=self.directory(),
            umask=int(self.case["umask"], 8), preexec_fn=self.prepare,
            restore_signals=False, **self.identity)
        said = process.communicate(octets, timeout=60)
        if stdin != subprocess.PIPE:
            os.close(stdin)
        if terminal is not None:
            said = self.terminal(stdout, terminal)
        text = b"".join(part or b"" for part in said).decode(errors="replace")
        check_sanitizers(text)
        return process.returncode, text

    @staticmethod
    def terminal(far, near):
        os.set_blocking(near, False)
        try:
            return [os.read(near, 65536)]
        except BlockingIOError:
            return []
        finally:
            os.close(near)
            os.close(far)


@pytest.fixture(scope="module")
def nobody():
    """Root lets somebody else call where the caller was not root."""
    owner = pwd.getpwnam("nobody")
    user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    if os.geteuid() != 0 or run(["test", "-x", program("sendmail")],
                                **user).status:
        return None
    return owner.pw_name, user


@pytest.fixture
def caller(open_directory, certificates, nobody):
    """Makes the caller of a case at a site where he may write."""
    sites = []

    def make(name):
        site = Site(open_directory, certificates, domain=DOMAIN,
                    aliases=open_directory / "aliases")
        (open_directory / "aliases").write_text("")
        sites.append(site)
        if nobody and CASES[name]["uid"] != "root":
            login, identity = nobody
            os.chown(open_directory, identity["user"], identity["group"])
        else:
            login, identity = pwd.getpwuid(os.getuid()).pw_name, {}
        return Caller(name, site, login, identity)

    yield make
    for site in sites:
        site.close()


def test_every_expectation_is_known():
    assert FILES
    for name in MESSAGES:
        assert set(CASES[name]["expect"]) == KEYS, name
    assert set(MESSAGES) | set(DIALOGUES) == set(CASES)


def expected_body(caller):
    """What the input says after its header, dots treated as asked for."""
    lines = caller.input.replace(b"\r\n", b"\n").removesuffix(b"\n").split(
        b"\n")
    if not caller.expect["ignore_dots"]:
        lines = lines[:lines.index(b".")] if b"." in lines else lines
        lines = [line[line.startswith(b".."):] for line in lines]
    number = 0
    while number < len(lines) and FIELD.match(lines[number]):
        number += 1
    if number < len(lines) and not lines[number]:
        number += 1
    return b"".join(line + b"\r\n" for line in lines[number:])


@pytest.mark.parametrize("name", MESSAGES)
def test_a_captured_call(caller, name):
    caller = caller(name)
    expect = caller.expect
    status, said = caller.call()
    if not expect["recipients"]:
        assert status == 64, (status, said)
        assert said.startswith("sendmail: ") or "closed" in \
            caller.case["fds"].values()
        assert caller.site.spool.names() == []
        return
    entry = caller.site.spool.entry("new")
    assert status == 0 and expect["parse_error"] is None
    [identity] = caller.site.spool.names("new")
    assert f"queued as {identity}" in said if "-v" in caller.argv \
        else said == ""
    assert entry.sender == caller.sender()
    assert entry.recipients == caller.recipients()
    check_message(caller, entry.message)


ADDRESSES = {f"{resent}{name}" for resent in ("", "resent-") for name in (
    "from", "sender", "reply-to", "to", "cc")}
DROPPED = {"bcc", "resent-bcc", "return-path"}


def check_message(caller, message):
    """The header is complete, nobody blind is in it, all else is kept."""
    assert body(message) == expected_body(caller)
    before = [(name, value) for name, value in fields(
        caller.input.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
        if value and " " not in name]
    names = {name for name, _ in before}
    for name, value in before:
        if name in ADDRESSES:
            assert "@" in value or f"@{DOMAIN}" in field(message, name)[0]
        elif name not in DROPPED:
            assert value in field(message, name)
        if "@" in value and name == "from":
            assert field(message, name) == [value]
    for name in DROPPED:
        assert field(message, name) == []
    for name in ("date", "message-id", "from"):
        assert len(field(message, name)) == 1
    if "from" not in names:
        [author] = field(message, "from")
        address = caller.sender() or f"{caller.login}@{DOMAIN}"
        assert address in author
        check_name(caller, author)
    assert ("to" in names) == any(field(message, "to"))


def check_name(caller, author):
    """The author's name is that of -F, if there was one."""
    name = caller.expect["full_name"]
    if name is not None and name.isascii():
        assert author.startswith((f"{name} <", f'"{name}" <'))
    elif name is not None:
        assert author.startswith("=?")


WITH_PARAMETERS = [name for name in MESSAGES if CASES[name]["expect"]["dsn"]
                   or CASES[name]["expect"]["body_type"]]


@pytest.mark.parametrize("name", WITH_PARAMETERS)
def test_parameters_on_the_wire(caller, smarthost, name):
    caller = caller(name)
    host = smarthost(keywords=[*KEYWORDS, "DSN"])
    caller.site.use(host, tls_ca_file=reachable(caller.site))
    assert caller.call() == (0, "")
    status, log = caller.site.flush()
    assert status == 0, log.text()
    [message] = host.messages
    assert message.recipients == caller.expect["recipients"]
    if not message.data.isascii():
        assert message.parameters["BODY"] == caller.expect["body_type"]
    dsn = caller.expect["dsn"] or {}
    assert message.parameters.get("RET", "").lower() == dsn.get("R", "")
    rcpt = [command.line for command in host.commands
            if command.verb == b"RCPT"]
    for line in rcpt:
        asked = line.partition(b"NOTIFY=")[2].split()
        assert set(asked[0].decode().lower().split(",") if asked else []) == \
            set(dsn["N"].split(",") if "N" in dsn else [])


def reachable(site):
    """The authority's certificate where every user can read it."""
    copy = site.directory / "ca.pem"
    shutil.copy(site.certificates.ca, copy)
    copy.chmod(0o644)
    if site.password.exists():
        owner = site.directory.stat()
        os.chown(site.password, owner.st_uid, owner.st_gid)
    return copy


def contents(caller):
    """The message that follows each DATA of a captured dialogue."""
    first, found, rest = caller.input.partition(b"end\r\n")
    return [first + found, rest]


@pytest.mark.parametrize("name", DIALOGUES)
def test_a_captured_dialogue(caller, name):
    """The client's lines again; the replies have the codes they had."""
    caller = caller(name)
    texts = iter(contents(caller))
    process = subprocess.Popen(
        [caller.argv[0], "-C", str(caller.site.configuration),
         *caller.argv[1:]], executable=program("sendmail"),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=caller.environment(),
        cwd=caller.directory(), **caller.identity)
    for side, line in caller.case["dialog"]:
        if side == "C":
            text = next(texts) if line == ".\r\n" else b""
            process.stdin.write(text + line.encode())
            process.stdin.flush()
        elif line[3] == " ":
            assert last_line(process.stdout)[:4] == line[:4], line
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout, stderr) == (0, b"", b"")
    entries = [Entry.read(path)
               for path in caller.site.spool.files("new")]
    assert [entry.recipients for entry in entries] == [
        ["to@example.org", "cc@example.org"], ["bcc@example.org"]]
    for entry in entries:
        assert entry.sender == "alice@example.org"
        assert field(entry.message, "bcc") == []
        assert len(field(entry.message, "message-id")) == 1
        assert b"\r\n.\r\nend\r\n" in entry.message


def last_line(stream):
    """The last line of the next reply."""
    while True:
        line = stream.readline().decode()
        if line[3:4] != "-":
            return line
