"""Whoever fills the spool, wakes the flusher without end or holds every way in
does not keep the mail of others waiting, nor fills memory.

What is measured is order and ratios: how much of a flood goes before a message
that came behind it, and what a file of it costs beside a message.
"""

import os
import signal
import socket
import time

import pytest

from attack import (ALARM, ATTACKER, INSIDER, ONE, OWNER, STATUSES, VICTIM,
                    as_user, become, file_text, identity, sample, settled)
from harness import children, peak_rss, sanitized, wait_until
from script import reply
from test_queue import empty

MANY = 1_000_000
SPARE = 4 << 20     # KiB that a machine has to have for so many


def count_of(everything):
    """Thousands; a million where everything is run and there is room."""
    if not everything:
        return 4000
    with open("/proc/meminfo", encoding="ascii") as file:
        memory = dict(line.split(":") for line in file)
    spare = int(memory["MemAvailable"].split()[0])
    return MANY if spare > SPARE else MANY // 5


@pytest.fixture
def host(installed, smarthost):
    host = smarthost()
    installed.relay_to(host)
    return host


def message_cost(site, host, count=200):
    """CPU seconds of the flusher for a message like any other."""
    flusher = site.started()
    site.send(ONE)
    original = site.spool.path / "tmp" / "original"
    flusher.log.wait_for("removed")
    before, done = flusher.cpu_seconds(), len(host.messages)
    for number in range(count):
        path = original.with_name(identity())
        path.write_bytes(file_text())
        path.rename(site.spool.path / "new" / path.name)
    site.call("-q", uid=VICTIM)
    wait_until(lambda: len(host.messages) == done + count, "all of them")
    cost = (flusher.cpu_seconds() - before) / count
    assert flusher.stop() == 0
    return cost


def junk_by_name(directory, count):
    for number in range(count):
        with open(directory / f"junk-{number}", "wb"):
            pass


def junk_by_content(directory, count):
    for number in range(count):
        with open(directory / f"{0x5000000000000 + number:013X}", "wb"):
            pass


def unreadable(directory, count):
    for number in range(count):
        os.close(os.open(directory / f"{0x5000000000000 + number:013X}",
                         os.O_CREAT | os.O_WRONLY, 0))


def links(directory, count):
    for number in range(count):
        os.symlink("/etc/shadow",
                   directory / f"{0x5000000000000 + number:013X}")


JUNK = "moved to corrupt/|cannot be taken up"


def junk_before_alarm(flusher, number):
    """What of it had been dealt with when that alarm was sent."""
    lines = flusher.log.lines(f"{JUNK}|to=<{ALARM}>.*status=sent")
    sent = [place for place, line in enumerate(lines) if "status" in line]
    return sent[number - 1] - (number - 1)


def is_quiet(flusher, seconds):
    """Whether it logs nothing for a while, be there ever so much before."""
    size = flusher.path.stat().st_size
    time.sleep(seconds)
    return flusher.path.stat().st_size == size


@pytest.mark.parametrize("make", sample(
    [junk_by_name, junk_by_content, unreadable, links], junk_by_name,
    unreadable))
def test_junk(installed, host, tally, everything, capsys, make):
    """Each file costs less than a message, and the alarm comes first."""
    new = installed.spool.path / "new"
    count = count_of(everything)
    cost = message_cost(installed, host)
    assert as_user(INSIDER, lambda: make(new, count)) == 0
    installed.send(ALARM)
    began = time.monotonic()
    flusher = installed.started()
    settled(installed, flusher)
    first = time.monotonic() - began
    assert junk_before_alarm(flusher, 1) < count / 2
    # And one that comes in while it is being dealt with.
    before = len(flusher.log.lines(JUNK))
    installed.send(ALARM)
    settled(installed, flusher, 2)
    if everything:
        assert junk_before_alarm(flusher, 2) - before < count / 2
    wait_until(lambda: is_quiet(flusher, 180 if everything else 1) or
               len(flusher.log.lines(JUNK)) >= count / 4, "a part of it",
               3600)
    done = len(flusher.log.lines(JUNK))
    assert done >= count / 4
    each = flusher.cpu_seconds() / done
    memory = peak_rss(flusher.pid) * 1024 / count
    with capsys.disabled():
        print(f"\n{count} files by {make.__name__}: alarm after "
              f"{first:.2f} s, {each * 1e6:.0f} us each (a message: "
              f"{cost * 1e6:.0f} us), {memory:.0f} bytes each")
    tally("junk files in new/, by thousands", True)
    if not sanitized():
        assert each < cost
        assert not everything or memory < 200
    assert [message.recipients for message in host.messages
            if message.recipients != [ONE]] == [[ALARM]] * 2


def many(site, count, uid=ATTACKER):
    addresses = b",\n ".join(b"u%d@example.net" % n for n in range(count))
    result = site.call("-t", uid=uid, input=b"To: " + addresses + b"\n\nx\n")
    assert (result.status, result.stderr) == (0, "")


@pytest.mark.parametrize("keywords", sample(
    ["PIPELINING", "ENHANCEDSTATUSCODES"], "PIPELINING"))
def test_many_recipients(installed, smarthost, tally, everything, capsys,
                         keywords):
    """Those of one message, and of several, do not go first all of them."""
    count = 100_000 if everything else 5000
    host = smarthost(keywords=[keywords, "SIZE 104857600"])
    installed.relay_to(host, connections=1)
    messages = 20 if everything else 4
    for _ in range(messages):
        many(installed, count)
    flusher = installed.started()
    wait_until(lambda: len(host.messages) > 2, "the first of them")
    installed.send(ALARM)
    before = len(host.messages)
    settled(installed, flusher)
    wait_until(lambda: [ALARM] in [message.recipients for message in
                                   list(host.messages)], "the alarm")
    place = [message.recipients for message in host.messages].index(
        [ALARM]) - before
    peak = peak_rss(flusher.pid)
    with capsys.disabled():
        print(f"\n{messages} messages with {count} recipients: the alarm came "
              f"after {place} of {messages * count // 100} transactions; "
              f"{peak} KiB")
    assert place < 60
    tally("messages with very many recipients", True)
    assert flusher.stop() == 0


def test_all_recipients_get_it_once(installed, smarthost, tally, everything):
    """Though others have their turn in between, and some are deferred."""
    count = 20_000 if everything else 2500
    host = smarthost(script={
        "rcpt:u5@example.net": reply("450 4.2.1 later"),
        "rcpt:u1500@example.net": reply("450 4.2.1 later"),
        "rcpt:u7@example.net": reply("550 5.1.1 no")})
    installed.relay_to(host, connections=1, retry_min="1h")
    many(installed, count)
    for _ in range(20):
        installed.send(ONE)
    flusher = installed.started()
    wait_until(lambda: installed.spool.names("cur"), "the end of it", 600)
    flusher.log.wait_for("removed", 20)
    got = [recipient for message in host.messages if message.sender
           for recipient in message.recipients if recipient != ONE]
    assert len(got) == len(set(got)) == count - 3
    assert len(flusher.log.lines("status=deferred")) == 2
    assert len(flusher.log.lines("u7@.*status=bounced")) == 1
    tally("messages with very many recipients", True)


# Wake-ups

def flood(path, octets, seconds, pause=0):
    """Writes and writes, as the insider, from a process of its own."""
    pid = os.fork()
    if pid == 0:
        try:
            become(INSIDER)
            fd = os.open(path, os.O_WRONLY)
            end = time.monotonic() + seconds
            while time.monotonic() < end:
                os.write(fd, octets())
                time.sleep(pause)
        finally:
            os._exit(0)
    return pid


def far_future():
    return b"".join(b"%013X.%d\n" % (number, 10**18 + number)
                    for number in range(120))


FLOODS = {
    "flush": lambda: b"flush\n" * 600,
    "garbage": lambda: os.urandom(4096),
    "one long line": lambda: b"x" * 4096,
    "empty lines": lambda: b"\n" * 4096,
    "names of nothing": lambda: b"0123456789ABC\n" * 290,
    "retry": lambda: b"retry 0123456789ABC\n" * 200,
    "the far future": far_future,
    "half pages": lambda: b"0123456789ABC\n" * 147,
}


@pytest.mark.parametrize("what", sample(FLOODS, "flush", "the far future",
                                        "garbage"))
def test_wake_ups(installed, host, tally, everything, what):
    """Mail goes on, and nothing piles up."""
    flusher = installed.started()
    installed.send(ALARM)
    settled(installed, flusher)
    before = peak_rss(flusher.pid)
    # Only as long as the FIFO is not full is the spool not read again.
    pid = flood(installed.spool.path / "trigger", FLOODS[what],
                20 if everything else 1.5, 0.0003 * (what == "the far future"))
    count = 1
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        installed.send(ALARM)
        count += 1
        # One whose hint was lost waits until the spool is read again.
        settled(installed, flusher, count)
    wait_until(lambda: empty(installed.spool.path / "trigger"), "the end")
    assert count > 2
    assert len(host.messages) == count
    if not sanitized():
        assert peak_rss(flusher.pid) - before < 8 * 1024
    tally("floods of wake-ups", True)
    assert flusher.stop() == 0


def test_asking_does_not_hammer_the_smarthost(installed, smarthost, tally):
    """Anybody may ask to try now; a smarthost that is unwell is left alone,
    and a wrong password is not tried again and again."""
    host = smarthost()
    installed.set_password("wrong")
    os.chown(installed.password, OWNER, OWNER)
    installed.relay_to(host, relay_retry_min="1m", relay_retry_max="10m")
    installed.send(ALARM)
    flusher = installed.started()
    flusher.log.wait_for("all mail waits")
    end = time.monotonic() + 2.5
    asked = 0
    while time.monotonic() < end:
        result = installed.call("-q")
        assert (result.status, result.stderr) == (0, "")
        asked += 1
    # At once, and then after a second.
    assert 2 <= len(host.attempts) <= 3
    assert asked > 10 * len(host.attempts)
    installed.set_password("correct horse battery")
    os.chown(installed.password, OWNER, OWNER)
    flusher.signal(signal.SIGHUP)
    settled(installed, flusher)
    tally("floods of wake-ups", True)


# Ways in

def connect(site, uid):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    os.seteuid(uid)
    try:
        client.connect(str(site.spool.path / "submit"))
    finally:
        os.seteuid(0)
    return client


def request(client, streams, *words):
    text = b"".join(word.encode() + b"\0" for word in ("/", *words))
    socket.send_fds(client, [b"onehop 1 %d" % len(text)], streams)
    client.send(text)


def test_all_ways_in_are_held(installed, host, tally):
    """Four users hold all helpers: who is setgid does not notice, mail goes
    out, and who needs a helper gets one as soon as one is free."""
    flusher = installed.started()
    reader, writer = os.pipe()
    null = os.open("/dev/null", os.O_RDWR)
    clients = []
    for uid in range(60001, 60005):
        for _ in range(12):
            clients.append(connect(installed, uid))
    wait_until(lambda: len(children(flusher.pid)) == 40, "40 helpers")
    for client in clients:
        try:
            request(client, [reader, null, null], "sendmail", ONE)
        except OSError:     # it was one too many
            pass
    installed.send(ALARM)
    settled(installed, flusher)
    assert flusher.status is None
    for client in clients[:12]:
        client.close()
    result = installed.call(ALARM, uid=VICTIM, before=no_new_privileges)
    assert (result.status, result.stderr) == (0, "")
    settled(installed, flusher, 2)
    for client in clients:
        client.close()
    for fd in (reader, writer, null):
        os.close(fd)
    wait_until(lambda: not [pid for pid in children(flusher.pid)
                            if pid not in flusher.agents()], "their end")
    assert installed.spool.names() == []
    tally("all ways in held open", True)


def no_new_privileges():
    import ctypes
    if ctypes.CDLL(None).prctl(38, 1, 0, 0, 0) != 0:
        os._exit(99)


def test_without_new_privileges(installed, host, tally):
    """The whole way of an installed sendmail that is not setgid there."""
    flusher = installed.started()
    for uid in (VICTIM, ATTACKER):
        result = installed.call(ALARM, uid=uid, before=no_new_privileges)
        assert (result.status, result.stdout, result.stderr) == (0, "", "")
        flusher.log.wait_for(rf"uid={uid} \(queue active\)")
    settled(installed, flusher, 2)
    tally("all ways in held open", len(host.messages) == 2)


STREAMS = {
    "a directory": lambda site: os.open("/", os.O_RDONLY | os.O_DIRECTORY),
    "a path": lambda site: os.open("/etc/passwd", os.O_PATH),
    "for writing only": lambda site: os.open("/dev/null", os.O_WRONLY),
    "the spool": lambda site: os.open(site.spool.path, os.O_PATH),
    "zeros": lambda site: os.open("/dev/zero", os.O_RDONLY),
    "a socket that has ended": lambda site: ended_socket(),
    "the connection": lambda site: os.dup(1),
    "what is not ready": lambda site: os.open("/dev/zero", os.O_RDONLY |
                                              os.O_NONBLOCK),
}


def ended_socket():
    pair = socket.socketpair()
    pair[1].close()
    return pair[0].detach()


def hand_over(site, stream):
    """The answers to a request of the attacker's with that as its stdin."""
    null = os.open("/dev/null", os.O_RDWR)
    client = connect(site, ATTACKER)
    client.settimeout(60)
    request(client, [stream, null, null], "sendmail", ONE)
    answers = []
    while octets := client.recv(1):
        answers += octets
    client.close()
    os.close(null)
    return answers


def test_streams_of_all_kinds(installed, host, tally):
    """What is handed over as stdin ends, and leaves nothing but messages."""
    installed.configure(max_size="1M")
    flusher = installed.started()
    for what, make in STREAMS.items():
        stream = make(installed)
        answers = hand_over(installed, stream)
        os.close(stream)
        held = answers[0] == 0xff and answers[-1] in (0, *STATUSES)
        tally("hostile streams for a helper", held)
        assert held, (what, answers)
    installed.send(ALARM)
    settled(installed, flusher)
    wait_until(lambda: not installed.spool.names(), "an empty spool")


def test_a_flood_of_connections(installed, host, tally, everything):
    """By one user: the others' mail and their way in go on."""
    flusher = installed.started()
    pid = os.fork()
    if pid == 0:
        try:
            become(ATTACKER)
            end = time.monotonic() + (20 if everything else 1)
            while time.monotonic() < end:
                with socket.socket(socket.AF_UNIX,
                                   socket.SOCK_SEQPACKET) as client:
                    client.setblocking(False)
                    try:
                        client.connect(str(installed.spool.path / "submit"))
                    except OSError:
                        pass
        finally:
            os._exit(0)
    count = 0
    while os.waitpid(pid, os.WNOHANG) == (0, 0):
        installed.send(ALARM)
        result = installed.call(ALARM, uid=VICTIM, before=no_new_privileges)
        assert (result.status, result.stderr) == (0, "")
        count += 2
        settled(installed, flusher, count)
    assert count > 2
    assert len(children(flusher.pid)) <= 12
    tally("all ways in held open", True)
