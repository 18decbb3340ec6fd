"""The smarthost and the way to it: next to us, or as far away as a round trip
says."""

import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys

from setting import SECRET, USER

CLONE_NEWNET = 0x40000000


class Helper:
    """A program of ours, from the moment in which it is ready."""

    def __init__(self, bench, command):
        self.bench = bench
        self.process = bench.start(command, stdout=subprocess.PIPE)
        words = self.process.stdout.readline().decode().split()
        if not words:
            sys.exit("bench: %s does not start" % command[0])
        self.ready = dict(zip(words[::2], map(int, words[1::2])))

    def said(self, seconds):
        """The next line that it prints in this time, or None."""
        if select.select([self.process.stdout], [], [], seconds)[0]:
            return read_line(self.process.stdout.fileno()).split()
        return None

    def end(self):
        """Returns the numbers that it printed at its end."""
        self.process.send_signal(signal.SIGTERM)
        lines = self.process.stdout.read().decode().splitlines()
        self.process.wait()
        self.bench.ended(self.process)
        pairs = (line.split() for line in lines)
        return {p[0]: float(p[1]) for p in pairs if len(p) == 2}


def read_line(fd):
    """Reads no further than the end of the line, so that select sees more."""
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(fd, 1)
        if not more:
            break
        line += more
    return line.decode()


class Way:
    """How to get to the smarthost.  This one is loopback."""

    kind = "loopback"
    bind = "127.0.0.1"
    host = "localhost"

    def __init__(self, bench, trip):
        self.bench = bench
        self.trip = trip
        self.seconds = trip / 1e3

    @contextlib.contextmanager
    def near(self):
        """Where processes are started that are clients."""
        yield

    far = near

    def smarthost(self, count, starttls=False, each=False, memory=0):
        return Smarthost(self, count, starttls, each, memory)

    def approach(self, port):
        """What stands between us and this port, and the port of that."""
        return None, port


class Wan(Way):
    """Two network namespaces with a delay line between."""

    kind = "IP packets"
    bind = host = "192.0.2.2"

    def __init__(self, bench, trip):
        super().__init__(bench, trip)
        self.wan = Helper(bench, [bench.helper("wan"), "-r", str(trip)])
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.ends = {name: self.open_end(fd)
                     for name, fd in self.wan.ready.items()}

    def open_end(self, fd):
        path = "/proc/%d/fd/%d" % (self.wan.process.pid, fd)
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def enter(self, fd):
        if self.libc.setns(fd, CLONE_NEWNET) == -1:
            raise OSError(ctypes.get_errno(), "setns")

    @contextlib.contextmanager
    def side(self, name):
        self.enter(self.ends[name])
        try:
            yield
        finally:
            self.enter(self.home)

    def near(self):
        return self.side("near")

    def far(self):
        return self.side("far")


class Proxy(Way):
    """A proxy on loopback, for who may not make namespaces."""

    kind = "a proxy (*)"

    def approach(self, port):
        proxy = Helper(self.bench, [self.bench.helper("delay"), "-r",
                                    str(self.trip), "-p", str(port)])
        return proxy, proxy.ready["port"]


def may_make_namespaces(bench):
    if os.geteuid() != 0:
        return False
    with subprocess.Popen([bench.helper("wan"), "-r", "0"],
                          stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as trial:
        ready = trial.stdout.readline()
        trial.kill()
    return bool(ready)


def make_ways(bench, trips):
    far = Wan if may_make_namespaces(bench) else Proxy
    return [far(bench, trip) if trip else Way(bench, trip) for trip in trips]


class Smarthost:
    """The sink at the end of a way."""

    def __init__(self, way, count, starttls, each, memory):
        bench = way.bench
        certificate, key = bench.certificate()
        command = [bench.helper("sink"), "-a", way.bind, "-c", certificate,
                   "-k", key, "-u", USER, "-s", SECRET, "-n", str(count)]
        command += ["-t"] * starttls + ["-e"] * each
        command += ["-m", str(memory)] if memory else []
        if bench.options.without:
            command += ["-w", bench.options.without]
        with way.far():
            self.sink = Helper(bench, command)
        self.proxy, self.port = way.approach(self.sink.ready["port"])
        self.host, self.starttls, self.way = way.host, starttls, way
        self.said = self.sink.said

    def limit(self, letters, count, one=False):
        """Runs the limit program; returns when it began to connect."""
        bench = self.way.bench
        command = [bench.helper("wire"), "-a", self.way.bind, "-p",
                   str(self.port), "-u", USER, "-s", SECRET, "-n", str(count),
                   "-d", letters]
        command += ["-t"] * self.starttls + ["-1"] * one
        with self.way.near():
            wire = bench.start(command, stdout=subprocess.PIPE)
        out = wire.communicate(timeout=bench.options.timeout)[0].split()
        bench.ended(wire)
        if wire.returncode:
            print("bench: wire failed", file=sys.stderr)
        return float(out[1])

    def end(self):
        if self.proxy:
            self.proxy.end()
        seen = self.sink.end()
        seen["damaged"] += seen.pop("strangers")
        return seen


def wrong(figures):
    return sum(int(figures[key]) for key in ("lost", "doubled", "damaged"))
