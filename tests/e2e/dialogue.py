"""Captures of a session's dialogue: who said what, in which flights.

A flight is what one side says before it waits for the other.  The smarthost
waits a moment before it reads, as if it were far away, so that all that the
client says without waiting has come together.
"""

import dataclasses
import re
import ssl
import time

from channel import BLOCK, IO_TIMEOUT, Channel, Closed
from harness import Site
from smarthost import Smarthost

DISTANCE = 0.05     # seconds
SENDER, RECIPIENT = "me@example.com", "friend@example.net"

# What the smarthost is like in each of the captures.
MODES = {
    "implicit TLS with CHUNKING": {
        "tls": "implicit",
        "keywords": ["PIPELINING", "CHUNKING", "SIZE 104857600", "8BITMIME",
                     "ENHANCEDSTATUSCODES"]},
    "STARTTLS with PIPELINING only": {
        "tls": "starttls", "keywords": ["PIPELINING"]},
    "STARTTLS with neither": {"tls": "starttls", "keywords": []},
}


@dataclasses.dataclass
class Flight:
    side: str               # "C", "S", or "T" for a handshake
    lines: list             # what was said; a message is one line

    @property
    def verbs(self):
        return ["message" if line.startswith("(") else line.split()[0]
                for line in self.lines]


class Recorder(Channel):
    """A channel that keeps what passes, by flights, as octets."""

    def __init__(self, sock):
        super().__init__(sock)
        self.flights = []

    def record(self, side, octets):
        if self.flights and self.flights[-1][0] == side:
            self.flights[-1][1].extend(octets)
        else:
            self.flights.append((side, bytearray(octets)))

    def start_tls(self, context):
        super().start_tls(context)
        self.flights.append(("T", self.sock.version().encode()))

    def send(self, octets):
        self.record("S", octets)
        super().send(octets)

    def fill(self):
        """Everything that the client has on its way."""
        octets = self.sock.recv(BLOCK)
        if not octets:
            raise Closed
        self.take_in(octets)
        time.sleep(DISTANCE)
        while self.read_more():
            pass

    def waiting(self):
        while self.read_more():
            pass
        return bool(self.buffer)

    def read_more(self):
        self.sock.settimeout(0)
        try:
            octets = self.sock.recv(BLOCK)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self.sock.settimeout(IO_TIMEOUT)
        if octets:
            self.take_in(octets)
        return bool(octets)

    def take_in(self, octets):
        self.record("C", octets)
        super().take_in(octets)


class Reader:
    """Tells commands from messages in what the client sends."""

    def __init__(self):
        self.chunk = 0          # octets of a chunk that are still to come
        self.data = False       # a message comes, up to its dot
        self.rest = b""

    def lines(self, octets):
        """A flight as text; secrets and messages are not shown."""
        octets, self.rest = self.rest + octets, b""
        while octets:
            if self.chunk:
                size = min(self.chunk, len(octets))
                self.chunk -= size
                octets = octets[size:]
                yield f"({size} octets of the message)"
            elif self.data:
                text, dot, octets = octets.partition(b"\r\n.\r\n")
                self.data = not dot
                yield f"({len(text) + 2 * bool(dot)} octets of the message)"
                if dot:
                    yield "."
            else:
                line, _, octets = octets.partition(b"\r\n")
                yield self.command(line.decode("utf-8", "backslashreplace"))

    def command(self, line):
        match = re.fullmatch(r"BDAT (\d+)( LAST)?", line)
        if match:
            self.chunk = int(match[1])
        return re.sub(r"^(AUTH \S+) .*", r"\1 (secret)", line)


def read(flights):
    """The flights of a recorder as text."""
    reader = Reader()
    for side, octets in flights:
        if side == "C":
            yield Flight(side, list(reader.lines(bytes(octets))))
            continue
        lines = octets.decode().rstrip("\r\n").split("\r\n")
        reader.data = side == "S" and lines[-1].startswith("354 ")
        yield Flight(side, lines)


def capture(directory, certificates, count, user, password, **options):
    """One session with that many messages: (its flights, the smarthost)."""
    with Smarthost(certificate=certificates.good, user=user, password=password,
                   channel=Recorder, **options) as host:
        site = Site(directory, certificates)
        site.use(host, connections=1)
        for number in range(count):
            site.submit("-f", SENDER, RECIPIENT,
                        input=b"Subject: %d\n\ntext\n" % number)
        status, log = site.flush()
        site.close()
        assert status == 0 and len(host.sessions) == 1, log.text()
    [session] = host.sessions
    return list(read(session.channel.flights)), host
