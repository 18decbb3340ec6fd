"""A client of sendmail -bs, over whatever may be its stdin and stdout."""

import dataclasses
import os
import re
import select
import socket
import subprocess

from harness import PATIENCE, check_sanitizers, environment, program

LOCAL = ["pipe", "socketpair"]
KINDS = [*LOCAL, "tcp"]


@dataclasses.dataclass
class Reply:
    code: int
    lines: list     # without code and line end

    @property
    def text(self):
        return "\n".join(self.lines)


def pipes():
    child_in, ours_out = os.pipe()
    ours_in, child_out = os.pipe()
    return child_in, child_out, ours_in, ours_out


def sockets(pair):
    ours, child = pair
    child_fd, our_fd = child.detach(), ours.detach()
    return child_fd, os.dup(child_fd), our_fd, os.dup(our_fd)


def tcp_pair(family=socket.AF_INET, address="127.0.0.1"):
    """A connection as inetd hands it over: (client, accepted)."""
    with socket.create_server((address, 0), family=family) as listener:
        client = socket.create_connection(listener.getsockname()[:2])
        accepted, _ = listener.accept()
    # Two writes of a test are two segments.
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client, accepted


def own_address():
    """One of this machine that is not of loopback; None if it has none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


class Client:
    """Everything it is given must be octets."""

    def __init__(self, site, kind="pipe", arguments=(), **options):
        make = {"pipe": pipes,
                "socketpair": lambda: sockets(socket.socketpair()),
                "tcp": lambda: sockets(tcp_pair()),
                "lan": lambda: sockets(tcp_pair(address=own_address()))}[kind]
        child_in, child_out, self.input, self.output = make()
        self.received = b""
        self.stderr = site.directory / f"bs-{id(self)}.log"
        options.setdefault("env", environment())
        with open(self.stderr, "wb") as stderr:
            self.process = subprocess.Popen(
                [program("sendmail"), "-C", str(site.configuration), "-bs",
                 *arguments], stdin=child_in, stdout=child_out, stderr=stderr,
                **options)
        os.close(child_in)
        os.close(child_out)
        self.pid = self.process.pid
        self.kind = kind

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.hang_up()
        if self.process.poll() is None:
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("sendmail -bs does not end") from None
        check_sanitizers(self.log())

    def log(self):
        return self.stderr.read_text(errors="backslashreplace")

    def send(self, octets):
        while octets:
            octets = octets[os.write(self.output, octets):]

    def _receive(self):
        ready, _, _ = select.select([self.input], [], [], PATIENCE)
        assert ready, f"no reply; so far {self.received!r}"
        try:
            octets = os.read(self.input, 65536)
        except ConnectionResetError:
            octets = b""
        self.received += octets
        return octets

    def line(self):
        while b"\r\n" not in self.received:
            if not self._receive():
                return None
        line, _, self.received = self.received.partition(b"\r\n")
        return line.decode("ascii")

    def reply(self):
        """The next reply; None when there will be none."""
        lines = []
        while True:
            line = self.line()
            if line is None:
                assert not lines, lines
                return None
            match = re.fullmatch(r"([2-5]\d\d)([ -])([ -~]*)", line)
            assert match, line
            assert len(line) <= 510
            lines.append(match[3])
            if match[2] == " ":
                return Reply(int(match[1]), lines)

    def expect(self, *codes):
        """The next replies, which must have these codes."""
        replies = [self.reply() for _ in codes]
        assert [reply and reply.code for reply in replies] == list(codes), \
            replies
        return replies[-1]

    def say(self, line, code):
        """One command and the code of its reply."""
        self.send(line + b"\r\n")
        return self.expect(code)

    def begin(self, sender=b"a@example.com", recipients=(b"b@example.net",)):
        """The greeting, EHLO, and an envelope."""
        self.expect(220)
        self.say(b"EHLO client", 250)
        self.envelope(sender, recipients)

    def envelope(self, sender=b"a@example.com",
                 recipients=(b"b@example.net",)):
        self.say(b"MAIL FROM:<" + sender + b">", 250)
        for recipient in recipients:
            self.say(b"RCPT TO:<" + recipient + b">", 250)

    def data(self, text, code=250):
        """DATA and text, which brings its dots and its end."""
        self.say(b"DATA", 354)
        self.send(text)
        return self.expect(code)

    def is_silent(self, seconds=0.3):
        return not self.received and not select.select(
            [self.input], [], [], seconds)[0]

    def hang_up(self):
        for name in ("output", "input"):
            if getattr(self, name) is not None:
                os.close(getattr(self, name))
                setattr(self, name, None)

    def end(self):
        """End of input; all that is still said, and the exit status."""
        if self.kind == "pipe":
            os.close(self.output)
            self.output = None
        else:
            half = socket.socket(fileno=os.dup(self.output))
            half.shutdown(socket.SHUT_WR)
            half.close()
        while self._receive():
            pass
        return self.wait()

    def wait(self):
        return self.process.wait(PATIENCE)

    def quit(self):
        self.say(b"QUIT", 221)
        assert self.reply() is None
        assert self.wait() == 0


def converse(site, octets, kind="pipe", arguments=()):
    """Send all at once; ([codes of the replies], exit status)."""
    with Client(site, kind, arguments) as client:
        client.send(octets)
        status = client.end()
        codes = []
        while client.received:
            codes.append(client.reply().code)
    return codes, status
