"""A channel that keeps every octet from the client, as it came over the wire
and as it came out of TLS, and that can send past TLS."""

import base64
import re
import ssl

from channel import BLOCK, IO_TIMEOUT, Channel

RECORD_HEADER = 5
RECORD_MAX = (1 << 14) + 2048   # RFC 5246, section 6.2.3


class Tap:
    """A socket that keeps what goes through it."""

    def __init__(self, sock, channel):
        self.sock = sock
        self.channel = channel

    def recv(self, count):
        octets = self.sock.recv(count)
        self.channel.received += octets
        return octets

    def sendall(self, octets):
        self.sock.sendall(octets)

    def __getattr__(self, name):
        return getattr(self.sock, name)


class Tunnel:
    """TLS over a tap, as ssl.SSLSocket is TLS over a socket."""

    def __init__(self, tap, context):
        self.tap = tap
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing,
                                    server_side=True)

    def run(self, function, *arguments):
        while True:
            try:
                return function(*arguments)
            except ssl.SSLWantReadError:
                self.push()
                octets = self.tap.recv(BLOCK)
                if octets:
                    self.incoming.write(octets)
                else:
                    self.incoming.write_eof()
            finally:
                self.push()

    def push(self):
        octets = self.outgoing.read()
        if octets:
            self.tap.sendall(octets)

    def do_handshake(self):
        self.run(self.tls.do_handshake)

    def recv(self, count):
        try:
            octets = self.run(self.tls.read, count)
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            octets = b""
        self.tap.channel.deciphered += octets
        return octets

    def sendall(self, octets):
        self.run(self.tls.write, octets)

    def unwrap(self):
        self.run(self.tls.unwrap)

    def version(self):
        return self.tls.version()

    def cipher(self):
        return self.tls.cipher()

    def __getattr__(self, name):
        return getattr(self.tap, name)


class Wiretap(Channel):
    def __init__(self, sock):
        super().__init__(sock)
        self.sock = Tap(sock, self)
        self.received = bytearray()     # as it came over the wire
        self.deciphered = bytearray()
        self.owed = 0       # replies, after the one that was said before

    def send(self, octets):
        """The last one that is owed has been sent before."""
        owed, self.owed = self.owed, max(self.owed - 1, 0)
        if owed != 1:
            super().send(octets)

    @property
    def tls(self):
        return isinstance(self.sock, Tunnel)

    def start_tls(self, context):
        self.buffer.clear()
        self.sock = Tunnel(self.sock, context)
        self.sock.do_handshake()

    def send_raw(self, octets):
        """Past TLS, if there is TLS."""
        (self.sock.tap if self.tls else self.sock).sendall(octets)

    def wait_for_close(self):
        try:
            super().wait_for_close()
        finally:
            self.drain()

    def drain(self):
        """Takes in what the client has sent and nobody has read."""
        tap = self.sock.tap if self.tls else self.sock
        tap.settimeout(0)
        try:
            while tap.recv(BLOCK):
                pass
        except OSError:
            pass
        tap.settimeout(IO_TIMEOUT)


def are_records(octets):
    """Whether it is TLS records and nothing else (RFC 8446, section 5.1)."""
    while octets:
        length = int.from_bytes(octets[3:RECORD_HEADER], "big")
        if not 20 <= octets[0] <= 23 or octets[1:2] not in (b"\3", b""):
            return False
        if length > RECORD_MAX:
            return False
        octets = octets[RECORD_HEADER + length:]
    return True


def traces(secret):
    """What shows that a secret is in a text: itself, or what is the same in
    any text in base64 that has it."""
    octets = secret.encode()
    found = [octets]
    for offset in range(3):
        text = base64.b64encode(b"\0" * offset + octets)
        known = (len(octets) + offset) // 3 * 4
        found.append(text[(offset and 4):known])
    return found


def shows(octets, secrets):
    return any(trace in octets for trace in secrets)


def spilled(text, secrets):
    """The lines with a secret that are no part of AUTH (RFC 4954)."""
    found, exchange = [], False
    for line in text.split(b"\r\n"):
        if line.upper().startswith(b"AUTH "):
            exchange = True
        elif not re.fullmatch(rb"[A-Za-z0-9+/=]*|\*", line):
            exchange = False
        if shows(line, secrets) and not exchange:
            found.append(line)
    return found
