"""The queue: whose turn it is, how fast it may go, what it costs to wait."""

import ctypes
import fcntl
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time

import pytest

from harness import children, peak_rss, program, sanitized, wait_until
from script import delay, reply

ONE, TWO = "one@example.net", "two@example.net"
ALARM = "alarm@example.net"
FLOODER = 54321     # a uid; nobody has to have it


def copies(site, count, uid=None):
    """Put copies of the only message into new/, as another's or not."""
    original = site.spool.only("new")
    octets = original.read_bytes()
    for number in range(1, count):
        path = original.with_name(f"{int(original.name, 16) + number:013X}")
        path.write_bytes(octets)
        if uid is not None:
            os.chown(path, uid, -1)
    if uid is not None:
        os.chown(original, uid, -1)


def place(host, recipient):
    """How many messages came before the one to this recipient; or None."""
    for number, message in enumerate(list(host.messages)):
        if recipient in message.recipients:
            return number
    return None


@pytest.fixture
def flood(site, smarthost, root):
    """A queue with two thousand messages of one user, and their smarthost."""
    host = smarthost(script={"end": delay(0.001)})
    site.use(host)
    site.submit(ONE)
    copies(site, 2000, FLOODER)
    return host


def test_a_flood_does_not_keep_an_alarm_waiting(site, flood):
    site.submit(ALARM)
    assert site.spool.names("new")[-1] == site.queue()[-1]["queue_id"]
    site.flusher()
    wait_until(lambda: place(flood, ALARM) is not None, "the alarm")
    assert place(flood, ALARM) < 500


def test_nor_one_that_comes_during_the_flood(site, flood):
    site.flusher()
    wait_until(lambda: len(flood.messages) > 100, "the flood")
    site.submit(ALARM)
    before = len(flood.messages)
    wait_until(lambda: place(flood, ALARM) is not None, "the alarm")
    assert place(flood, ALARM) - before < 500


def test_a_message_that_is_deferred_gets_its_turn_again(site, flood):
    flood.script.entries[f"rcpt:{ALARM}"] = [reply("450 4.2.0 later")]
    site.submit(ALARM)
    flusher = site.flusher()
    flusher.log.wait_for(f"to=<{ALARM}>.*status=deferred")
    before = len(flood.messages)
    wait_until(lambda: place(flood, ALARM) is not None, "the alarm")
    # It waits for a second, during which the flood goes on.
    assert before < place(flood, ALARM) < 2000


def most_in(messages, seconds):
    """The most recipients in any time of that length."""
    times = sorted(message.time for message in messages
                   for _ in message.recipients)
    return max(sum(1 for other in times if start <= other < start + seconds)
               for start in times)


def test_rate(site, smarthost):
    """It delays and does not fail, it is said once, and mailq says it too."""
    host = smarthost()
    site.use(host, rate="5/3s")
    for number in range(8):
        site.submit(ONE)
    site.submit(*(f"r{number}@example.net" for number in range(7)))
    flusher = site.flusher()
    flusher.log.wait_for("rate 5/3s is used up")
    assert re.match("Mail waits since .*: rate 5/3s is used up",
                    site.mailq().stdout)
    assert re.match("ONEHOP OK: mail waits since .*: rate 5/3s is used up",
                    site.ctl("status").stdout)
    assert "\nonehop_rate_waiting 1\n" in site.ctl("metrics").stdout
    flusher.log.wait_for("removed", 9)
    flusher.log.wait_for("no mail waits for rate 5/3s any more")
    assert sum(len(message.recipients) for message in host.messages) == 15
    # The smarthost's clock starts when the end of the data is there.
    assert most_in(host.messages, 2.8) <= 5
    assert len(flusher.log.lines("rate 5/3s")) == 2
    assert "empty" in site.mailq().stdout
    assert "\nonehop_rate_waiting 0\n" in site.ctl("metrics").stdout
    site.submit(ONE)
    flusher.log.wait_for("removed", 10)


def test_all_rates_hold(site, smarthost):
    host = smarthost()
    site.use(host, rate="3/2s 5/1h")
    for number in range(9):
        site.submit(ONE)
    flusher = site.flusher()
    flusher.log.wait_for("removed", 5)
    assert most_in(host.messages, 1.8) <= 3
    flusher.log.wait_for("rate 3/2s is used up")
    time.sleep(2.5)
    assert len(host.messages) == 5
    assert len(flusher.log.lines("rate")) == 1


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_restart_does_not_begin_a_new_day(site, smarthost, end):
    host = smarthost()
    site.use(host, rate="3/1d")
    for number in range(5):
        site.submit(ONE)
    flusher = site.flusher()
    flusher.log.wait_for("removed", 3)
    flusher.log.wait_for("is used up")
    getattr(flusher, end)()
    wait_until(lambda: not host.open_sessions(), "the end of the sessions")
    flusher = site.flusher()
    flusher.log.wait_for("rate 3/1d is used up")
    flusher.stop()
    assert site.flush()[0] == 75
    assert len(host.messages) == 3
    # More is allowed, and three of these have gone.
    site.use(host, rate="4/1d")
    assert site.flush()[0] == 75
    assert len(host.messages) == 4
    site.use(host, rate=None)
    assert site.flush()[0] == 0
    assert len(host.messages) == 5


def test_what_is_handed_back_does_not_count(site, smarthost):
    """A session that is lost before anything was sent uses nothing up."""
    host = smarthost(script={"mail": [reply("421 4.3.2 closing")] * 3})
    site.use(host, rate="2/1d", relay_retry_min="1s", relay_retry_max="1s")
    site.submit(ONE)
    site.submit(TWO)
    flusher = site.flusher()
    flusher.log.wait_for("removed", 2)
    assert len(host.messages) == 2


def sleeps(flusher, trace, timeout):
    """Its last system call is this ppoll, and stays it."""
    wait_until(lambda: not children(flusher.pid), "the end of its children")
    wait_until(lambda: re.search(rf"ppoll\([^\n]*, {timeout}, \[[^\n]*$",
                                 trace.read_text()), "a long sleep")
    before = trace.read_text()
    time.sleep(2)
    assert trace.read_text() == before


def test_an_idle_flusher_sleeps(site, smarthost):
    """Not even a timer is set when nothing has happened; if something has, one
    that comes in an hour."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("a sanitizer does not like to be traced")
    trace = site.directory / "trace"
    trace.touch()
    host = smarthost()
    site.use(host, metrics_file=site.directory / "onehop.prom")
    flusher = site.flusher(prefix=["strace", "-D", "-e", "trace=all", "-o",
                                   str(trace)])
    sleeps(flusher, trace, "NULL")
    assert "onehop.prom.new" in trace.read_text()
    site.submit(ONE)
    flusher.log.wait_for("removed")
    sleeps(flusher, trace, r"\{tv_sec=3[56]\d\d,[^}]*\}")
    assert not flusher.agents()
    site.submit(ONE)
    flusher.log.wait_for("removed", 2)


@pytest.mark.usefixtures("optimized")
def test_new_mail_does_not_try_a_smarthost_that_is_down(site):
    """A hundred messages cost a flusher that waits next to nothing."""
    site.configure(relay="smtp://localhost:1", tls="none",
                   relay_retry_min="1h", relay_retry_max="1h")
    flusher = site.flusher()
    site.submit(ONE)
    flusher.log.wait_for("all mail waits")
    before = flusher.cpu_seconds()
    for number in range(100):
        site.submit(ONE)
    time.sleep(0.2)
    assert flusher.cpu_seconds() - before < 0.2
    assert len(flusher.log.events()) == 1


@pytest.mark.usefixtures("optimized")
def test_asking_again_and_again_is_no_burden(site):
    """The spool is not read for each of hundreds who ask for that, be it at
    once or one after the other."""
    site.configure(relay="smtp://localhost:1", tls="none",
                   relay_retry_min="1h", relay_retry_max="1h")
    site.submit(ONE)
    copies(site, 5000)
    flusher = site.flusher()
    flusher.log.wait_for("all mail waits")
    site.configure(relay=None)
    flusher.signal(signal.SIGHUP)       # so that no agents are started
    flusher.log.wait_for("no smarthost is configured")
    before = flusher.cpu_seconds()
    fd = os.open(site.spool.path / "trigger", os.O_WRONLY)
    try:
        for number in range(300):
            os.write(fd, b"flush\n" * 10)
            time.sleep(0.005)
    finally:
        os.close(fd)
    wait_until(lambda: empty(site.spool.path / "trigger"), "an empty trigger")
    assert flusher.cpu_seconds() - before < 0.7


def empty(path):
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        unread = fcntl.ioctl(fd, 0x541B, b"\0" * 4)     # FIONREAD
    finally:
        os.close(fd)
    return struct.unpack("i", unread)[0] == 0


@pytest.mark.usefixtures("optimized")
def test_twenty_thousand_messages(site, smarthost, capsys):
    """The start is quick, and what waits takes little memory."""
    count = 20000
    host = smarthost()
    site.use(host, connections=1)
    site.submit(ONE)
    alone = site.flusher()
    alone.log.wait_for("removed")
    small = peak_rss(alone.pid)
    alone.stop()
    site.submit(ONE)
    copies(site, count)
    began = time.monotonic()
    flusher = site.flusher()
    wait_until(lambda: len(host.messages) > 1, "the first delivery")
    first = time.monotonic() - began
    flusher.log.wait_for("removed", 20)
    grown = (peak_rss(flusher.pid) - small) * 1024 / count
    flusher.stop()
    began = time.monotonic()
    with subprocess.Popen([program("mailq"), "-C", site.configuration],
                          stdout=subprocess.PIPE) as mailq:
        mailq.stdout.readline()
        line = time.monotonic() - began
        rows = sum(1 for row in mailq.stdout if re.match(rb"[0-9A-F]{13} ", row))
    assert mailq.returncode == 0
    assert rows == len(site.spool.names("new", "cur"))
    with capsys.disabled():
        print(f"\n{count} in the queue: {first:.2f} s from the start to the "
              f"first delivery, {grown:.0f} bytes for each; first line of "
              f"mailq after {line:.2f} s")
    assert grown <= 100
    assert first < 5


class Namespace(threading.Thread):
    """A network of its own, without an interface that is up."""

    CLONE_NEWNET = 0x40000000
    SIOCSIFFLAGS, IFF_UP = 0x8914, 1

    def __init__(self):
        super().__init__(daemon=True)
        self.libc = ctypes.CDLL(None, use_errno=True)
        self.fd = None
        self.tasks = []
        self.wanted = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    def run(self):
        if self.libc.unshare(self.CLONE_NEWNET) == 0:
            self.fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        self.done.release()
        while self.fd is not None:
            self.wanted.acquire()
            task = self.tasks.pop()
            if task is None:
                os.close(self.fd)
                self.fd = None
            else:
                task()
            self.done.release()

    def do(self, task):
        """Run it in there."""
        self.tasks.append(task)
        self.wanted.release()
        self.done.acquire()

    def enter(self):
        """For a process to come."""
        if self.libc.setns(self.fd, self.CLONE_NEWNET) == -1:
            raise OSError(ctypes.get_errno(), "setns")

    def set_up(self, up):
        with socket.socket() as sock:
            fcntl.ioctl(sock, self.SIOCSIFFLAGS,
                        struct.pack("16sh14x", b"lo", self.IFF_UP * up))


@pytest.fixture
def network(root):
    namespace = Namespace()
    namespace.start()
    namespace.done.acquire()
    if namespace.fd is None:
        pytest.skip("no network of its own can be made here")
    yield namespace
    namespace.do(None)


@pytest.fixture
def host_in_there(certificates, network, smarthost):
    made = []
    network.do(lambda: made.append(smarthost(address="0.0.0.0")))
    return made[0]


def test_a_network_that_comes_late(site, network, host_in_there):
    site.use(host_in_there, relay_retry_min="10m", relay_retry_max="10m")
    flusher = site.flusher(preexec_fn=network.enter)
    site.submit(ONE)
    flusher.log.wait_for("all mail waits")
    time.sleep(1)
    assert len(flusher.log.events()) == 1
    began = time.monotonic()
    network.do(lambda: network.set_up(True))
    flusher.log.wait_for("removed")
    assert time.monotonic() - began < 30
    assert len(flusher.log.lines("the network has changed")) == 1


def test_a_network_that_flaps_does_not_make_it_hammer(site, network,
                                                      host_in_there):
    site.use(host_in_there, relay="smtps://localhost:1",
             relay_retry_min="10m", relay_retry_max="10m")
    flusher = site.flusher(preexec_fn=network.enter)
    site.submit(ONE)
    flusher.log.wait_for("all mail waits")
    for number in range(20):
        network.do(lambda: network.set_up(number % 2 == 0))
        time.sleep(0.1)
    assert len(flusher.log.lines("the network has changed")) <= 2


def test_a_password_is_not_tried_again_for_a_network(site, network,
                                                     host_in_there):
    network.do(lambda: network.set_up(True))
    site.use(host_in_there, relay_retry_min="10m", relay_retry_max="10m")
    site.set_password("wrong")
    flusher = site.flusher(preexec_fn=network.enter)
    site.submit(ONE)
    flusher.log.wait_for("535")
    network.do(lambda: network.set_up(False))
    network.do(lambda: network.set_up(True))
    time.sleep(2)
    assert len(host_in_there.attempts) == 1
