"""What all parts of the benchmark stand on: a directory of its own on the disk
to measure, the programs, messages that have a digest, and an end in which
nothing is left of it."""

import atexit
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import zlib

USER, SECRET = "bench", "correct horse"
SENDER, RECIPIENT = "bench@client.example", "someone@example.net"
TEXT = b"one of the many lines of this message, which are all alike, no\r\n"
PATIENCE = 3        # seconds until a process that was told to end is killed

HEADER = """\
From: Bench <%s>\r
To: <%s>\r
Subject: message %06d\r
X-Bench: %06d %s\r
\r
"""


class Bench:
    def __init__(self, options):
        self.options = options
        self.processes = []
        self.dir = tempfile.mkdtemp(prefix="bench-",
                                    dir=options.spool or options.build)
        self.sets = {}
        atexit.register(self.end)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        signal.signal(signal.SIGHUP, lambda *_: sys.exit(1))

    def end(self):
        """Ends what is still running, and removes the directory."""
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def start(self, command, **how):
        process = subprocess.Popen(command, **how)
        self.processes.append(process)
        return process

    def ended(self, process):
        self.processes.remove(process)

    def program(self, name):
        path = os.path.join(self.options.build, name)
        if not os.access(path, os.X_OK):
            sys.exit("bench: no %s, build it first" % path)
        return path

    def helper(self, name):
        return self.program("tests/bench/" + name)

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        with open(self.path(name), "wb", opener=private) as f:
            f.write(data.encode())
        return self.path(name)

    def new_directory(self, prefix):
        return tempfile.mkdtemp(prefix=prefix, dir=self.dir)

    def certificate(self):
        """For every name and address that a smarthost of ours has."""
        if not os.path.exists(self.path("cert.pem")):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                 "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                 "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1,IP:192.0.2.2",
                 "-keyout", self.path("key.pem"),
                 "-out", self.path("cert.pem")],
                check=True, stderr=subprocess.DEVNULL)
        return self.path("cert.pem"), self.path("key.pem")

    def config(self, name, spool, host="localhost", port=465, starttls=False,
               more=()):
        """As shipped, but for what says who and where we are."""
        certificate, _ = self.certificate()
        return self.write(name, "".join(line + "\n" for line in (
            "relay %s://%s:%d" % ("smtp" if starttls else "smtps", host, port),
            "user " + USER,
            "password-file " + self.write("password", SECRET + "\n"),
            "tls-ca-file " + certificate,
            "helo client.example",
            "domain client.example",
            "spool " + spool,
            "log stderr", *more)))

    def sendmail(self, config):
        return [self.program("sendmail"), "-C", config, "-i", "-f", SENDER,
                RECIPIENT]

    def letters(self, count, size):
        """A directory of messages as they go over the wire, 0 to count - 1."""
        if (count, size) not in self.sets:
            directory = self.new_directory("letters-")
            write_letters(directory, count, size)
            self.sets[count, size] = directory
        return self.sets[count, size]


def private(path, flags):
    return os.open(path, flags, 0o600)


# Messages

def write_letters(directory, count, size):
    """Bodies have lines that need dot-stuffing, and differ in the last."""
    room = size - len(header(0, "0" * 64)) - len(tail(0)) - 12
    body = b".\r\n..\r\n.dot\r\n" + TEXT * (max(room, 0) // len(TEXT))
    known = hashlib.sha256(body)
    for number in range(count):
        digest = known.copy()
        digest.update(tail(number))
        with open(os.path.join(directory, str(number)), "wb") as f:
            f.write(header(number, digest.hexdigest()))
            f.write(body)
            f.write(tail(number))


def header(number, digest):
    return (HEADER % (SENDER, RECIPIENT, number, number, digest)).encode()


def tail(number):
    return b"End of message %06d\r\n" % number


# The queue

def fill(bench, config, letters, count, first=0):
    """Submits them.  Returns how many failed."""
    figures = repeat(bench, count, 8, bench.sendmail(config), letters, first)
    return figures["failed"]


def repeat(bench, count, width, command, given, first=0):
    """Runs the command so often; returns its figures in seconds."""
    out = subprocess.run(
        [bench.helper("repeat"), "-n", str(count), "-j", str(width), "-i",
         given, "-f", str(first)] + command, check=True,
        stdout=subprocess.PIPE).stdout
    words = out.decode().split()
    figures = dict(zip(words[::2], map(int, words[1::2])))
    return {"time": figures["wall"] / 1e6 / count,
            "cpu": figures["cpu"] / 1e6 / count, "rss": figures["rss"],
            "failed": figures["failed"], "began": figures["began"] / 1e6}


def copy_queued(bench, config, spool, count, size):
    """Fills a queue with the messages 0 to count - 1 without submitting each:
    one is submitted, and the others are written in its form; onehop-spool(5).
    """
    letters = bench.letters(1, size)
    if fill(bench, config, letters, 1):
        sys.exit("bench: sendmail failed")
    new = os.path.join(spool, "new")
    ident, = os.listdir(new)
    with open(os.path.join(new, ident), "rb") as f:
        text = f.read()
    start = text.index(b"\n\n") + 2
    seal = zlib.crc32(re.sub(rb"(?m)^to .{258} <", b"to  <",
                             text[59:start]))
    digests = Digests(text[start:])
    for number in range(1, count):
        message = digests.message(number)
        crc = b"%08X" % zlib.crc32(message, seal)
        name = "%013X" % (int(ident, 16) - number)
        with open(os.path.join(new, name), "wb", opener=queue_mode) as f:
            f.write(text[:50] + crc + text[58:start] + message)


def queue_mode(path, flags):
    return os.open(path, flags, 0o660)


class Digests:
    """The message 0 as it is in the queue, turned into others."""

    def __init__(self, message):
        head, body = message.split(b"\r\n\r\n", 1)
        self.head = re.split(rb"(?<=X-Bench: )\d{6} \w{64}", head)
        self.body = body[:-len(tail(0))]
        self.known = hashlib.sha256(self.body)

    def message(self, number):
        digest = self.known.copy()
        digest.update(tail(number))
        field = b"%06d %s" % (number, digest.hexdigest().encode())
        return (self.head[0] + field + self.head[1] + b"\r\n\r\n" + self.body +
                tail(number))


def is_empty(spool):
    """Looks at the first names only, so that it may be asked often."""
    for name in "new", "cur":
        with os.scandir(os.path.join(spool, name)) as entries:
            if next(entries, None):
                return False
    return True


def queued(spool):
    return sum(len(os.listdir(os.path.join(spool, d))) for d in ("new", "cur"))


# Tables

def print_table(rows):
    """The first column is text and the others are numbers."""
    width = max(len(row) for row in rows)
    rows = [list(map(str, row)) + [""] * (width - len(row)) for row in rows]
    widths = [max(len(row[i]) for row in rows) for i in range(width)]
    for row in rows:
        cells = [row[0].ljust(widths[0])]
        cells += [c.rjust(w) for c, w in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())
    print(flush=True)
