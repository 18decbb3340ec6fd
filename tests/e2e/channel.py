"""The octets of one connection: lines, counted octets, and what comes early."""

import re
import select
import socket
import ssl
import struct

IO_TIMEOUT = 120
BLOCK = 1 << 18
END_OF_DATA = b"\r\n.\r\n"


class Closed(Exception):
    """The client has closed the connection."""


class Channel:
    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        sock.settimeout(IO_TIMEOUT)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def tls(self):
        return isinstance(self.sock, ssl.SSLSocket)

    def start_tls(self, context):
        """Shake hands; octets that came ahead in the clear are forgotten."""
        self.buffer.clear()
        self.sock = context.wrap_socket(self.sock, server_side=True,
                                        do_handshake_on_connect=False)
        self.sock.do_handshake()

    def send(self, octets):
        self.sock.sendall(octets)

    def fill(self):
        octets = self.sock.recv(BLOCK)
        if not octets:
            raise Closed
        self.take_in(octets)

    def take_in(self, octets):
        self.buffer += octets

    def waiting(self):
        """True if the client has sent more than was read so far."""
        if not self.buffer:
            self.sock.settimeout(0)
            try:
                self.take_in(self.sock.recv(BLOCK))
            except (BlockingIOError, ssl.SSLError, OSError):
                pass
            finally:
                self.sock.settimeout(IO_TIMEOUT)
        return bool(self.buffer)

    def read_line(self, longest=1 << 20):
        """One line with its end, whatever that is."""
        start = 0
        while True:
            end = self.buffer.find(b"\n", start)
            if end >= 0:
                return self.take(end + 1)
            if len(self.buffer) > longest:
                return self.take(len(self.buffer))
            start = len(self.buffer)
            self.fill()

    def read_exactly(self, count):
        while len(self.buffer) < count:
            self.fill()
        return self.take(count)

    def read_data(self):
        """The octets after DATA up to and without the final dot line."""
        self.buffer[:0] = b"\r\n"
        start = 0
        while (end := self.buffer.find(END_OF_DATA, start)) < 0:
            start = max(0, len(self.buffer) - len(END_OF_DATA))
            self.fill()
        data = self.take(end + 2)[2:]
        del self.buffer[:len(END_OF_DATA) - 2]
        return data

    def take(self, count):
        octets = bytes(memoryview(self.buffer)[:count])
        del self.buffer[:count]
        return octets

    def wait_for_close(self):
        """Until the client leaves; what it sends meanwhile is not taken."""
        poll = select.poll()
        poll.register(self.sock, select.POLLRDHUP)
        poll.poll(IO_TIMEOUT * 1000)
        raise Closed

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                             struct.pack("ii", 1, 0))

    def shut_down(self):
        """End the connection from any thread; its own one closes it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        self.shut_down()
        self.sock.close()

    def close_tls(self):
        """Close in good order, as after QUIT."""
        if self.tls:
            self.sock.settimeout(1)
            try:
                self.sock.unwrap()
            except (OSError, ValueError):
                pass


def unstuff(data):
    """The message in the data, and True if every leading dot was doubled."""
    framed = b"\r\n" + data
    doubled = re.search(rb"\r\n\.(?!\.)", framed) is None
    return framed.replace(b"\r\n.", b"\r\n")[2:], doubled


def bare_line_ends(octets):
    """True if there is a CR or LF outside of a CR LF."""
    pairs = octets.count(b"\r\n")
    return not pairs == octets.count(b"\r") == octets.count(b"\n")
