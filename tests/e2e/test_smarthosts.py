"""Real smarthosts: what Postfix, Exim and OpenSMTPD are given arrives once.

Postfix and Exim take PIPELINING and CHUNKING, OpenSMTPD neither.  Every
message is counted by recipient and digest, so that one that is lost, sent
twice or changed on its way does not go unseen.
"""

import collections
import contextlib
import hashlib
import pathlib
import re
import shutil
import socket
import ssl
import tempfile

import pytest

import certificates as certificate_store
from exim import Exim
from harness import PASSWORD, USER, Entry, wait_until
from opensmtpd import OpenSMTPD
from postfix import Postfix

ONE, TWO, REFUSED = "one@example.net", "two@example.net", "refused@example.net"
SENDER = "sender@example.net"
SIZE = 6000000          # what a message may have, in bytes
CONNECTIONS = 8         # at a time
MAILS = 30              # in a session
MANY = 200

TRACE = rb"(?m)^(?:Delivered-To|Envelope-to): (.*)$"
OURS = re.compile(rb"(?m)^Received: by .* \(onehop")


def make_postfix(directory, store):
    """Its daemons that do not come up at once are started again soon."""
    return Postfix(
        directory, store.good, USER, PASSWORD, message_size_limit=SIZE,
        service_throttle_time="1s",
        smtpd_client_connection_count_limit=CONNECTIONS,
        smtpd_recipient_restrictions=f"check_recipient_access inline:"
        f"{{{REFUSED}=REJECT}}, permit_sasl_authenticated, reject")


def make_exim(directory, store):
    return Exim(directory, store.good, USER, PASSWORD, SIZE, CONNECTIONS,
                MAILS)


def make_opensmtpd(directory, store):
    certificate = certificate_store.make_signed(
        store.ca.parent, "rsa", "ca", key=("rsa:2048",))
    return OpenSMTPD(directory, certificate, USER, PASSWORD, SIZE, MAILS)


@pytest.fixture(scope="module", params=[
    (Postfix, make_postfix), (Exim, make_exim), (OpenSMTPD, make_opensmtpd)],
    ids=["Postfix", "Exim", "OpenSMTPD"])
def server(request, certificates):
    kind, make = request.param
    reason = kind.missing()
    if reason:
        pytest.skip(reason)
    directory = pathlib.Path(tempfile.mkdtemp(prefix="onehop-smarthost-"))
    directory.chmod(0o755)
    server = make(directory, certificates)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory)


@pytest.fixture(params=["smtp", "smtps"])
def relayed(request, site, server):
    """A site that relays to it, with STARTTLS or TLS from the start."""
    port = server.starttls if request.param == "smtp" else server.smtps
    site.configure(relay=f"{request.param}://localhost:{port}",
                   user=USER, password_file=site.password,
                   tls_ca_file=site.certificates.ca)
    for path in server.box.parent.glob("*/*"):
        path.unlink()
    return site


def digest(message):
    return hashlib.sha256(message.replace(b"\r\n", b"\n")).hexdigest()


def queued(site, refused=()):
    """How often each recipient is to get each message in the queue."""
    entries = [Entry.read(path) for path in site.spool.files("new", "cur")]
    return collections.Counter(
        (recipient, digest(entry.message)) for entry in entries
        for recipient in entry.recipients if recipient not in refused)


def arrived(server):
    """As queued(), of what has been delivered.

    One that is killed may deliver twice what it has taken once: its ID tells.
    """
    found = {}
    for message in server.delivered():
        if is_report(message):
            continue
        header, _, text = message.partition(b"\nReceived: ")
        identifier = re.search(rb"\bid ([\w-]+)", text)[1]
        recipient = re.findall(TRACE, header + b"\n")[-1].decode()
        found[identifier, recipient] = digest(ours(message))
    return collections.Counter((recipient, value) for (_, recipient), value
                               in found.items())


def is_report(message):
    return b"multipart/report" in message.partition(b"\n\n")[0]


def reported(server):
    """The recipients that notifications tell of, as they were delivered."""
    return sorted(name.decode() for message in server.delivered()
                  if is_report(message) for name in
                  re.findall(rb"(?m)^Final-Recipient: [\w-]+; (.*)$", message))


def ours(message):
    """What of a delivered message was in the queue."""
    match = OURS.search(message)
    return message[match.start():] if match else b""


def remove_torn(server, expected):
    """A delivery that was cut off is begun again with the smarthost."""
    whole = {value for _, value in expected}
    for path in server.box.glob("*"):
        if digest(ours(path.read_bytes())) not in whole:
            path.unlink()


def drain(site, flusher, server, retry=False):
    """Waits for the end of the queue; what kept it up is in the logs."""
    try:
        wait_until(lambda: (not retry or site.ctl("retry").status == 0) and
                   not site.spool.names("new", "cur"), "an empty queue")
    except AssertionError as error:
        raise AssertionError(f"{error}\n{flusher.log.text()[-4000:]}\n"
                             f"{server.log()[-4000:]}") from None


def relay(site, server, expected, failed=()):
    """Runs a flusher until the queue is empty and all of it has arrived.

    And its sender was told of those who failed."""
    flusher = site.flusher()
    drain(site, flusher, server)
    wait_until(lambda: arrived(server).total() >= expected.total(),
               "the deliveries")
    assert arrived(server) == expected, flusher.log.text() + server.log()
    wait_until(lambda: len(reported(server)) >= len(failed), "notifications")
    assert reported(server) == sorted(failed)
    assert flusher.stop() == 0
    return flusher.log


def test_one_message(relayed, server):
    relayed.submit("-f", "me@example.com", ONE)
    log = relay(relayed, server, queued(relayed))
    assert len(log.lines(f"to=<{ONE}>.*dsn=2.*status=sent")) == 1


@pytest.mark.usefixtures("optimized")
def test_many_messages(relayed, server):
    """More than some smarthosts take in one session."""
    for number in range(MANY):
        relayed.submit("-f", "me@example.com", ONE,
                       input=b"Subject: %d\n\n%s\n" % (number, b"x" * number))
    log = relay(relayed, server, queued(relayed))
    assert len(log.lines("status=sent")) == MANY
    assert not log.lines("status=(deferred|bounced)")


TEXTS = {
    "8-bit": "Subject: x\n\n\xe4\xf6\xfc\n".encode() + b"\xff\n",
    "long lines": b"Subject: x\n\n" + b"x" * 998 + b"\n" + b"y" * 5000 + b"\n",
    "dots": b"Subject: x\n\n.\n..\n.x\n" + b"." * 998 + b"\n.\n",
    "line ends": b"Subject: x\r\n\r\na\r\r\nb\rc\nd",
    "5 MB": b"Subject: x\n\n" + b"a line of text\n" * 350000,
    "no text": b"",
}


def test_texts(relayed, server):
    for text in TEXTS.values():
        relayed.submit("-i", "-f", "me@example.com", ONE, TWO, input=text)
    relay(relayed, server, queued(relayed))


def test_extensions(relayed, server):
    """What a smarthost does not offer is left out, or fails."""
    recipient = "j\xf6rg@example.net"
    without = [recipient] if isinstance(server, OpenSMTPD) else []
    relayed.submit("-N", "failure", "-R", "hdrs", "-V", "a+b", "-f",
                   SENDER, ONE, recipient, input=TEXTS["8-bit"])
    expected = queued(relayed, without)
    relayed.submit("-f", SENDER, "-O", "RequireTLS", TWO)
    log = relay(relayed, server, expected, [*without, TWO])
    assert len(log.lines(r"dsn=5\.6\.7, status=bounced")) == len(without)
    assert len(log.lines(rf"to=<{TWO}>.*dsn=5\.7\.30, status=bounced")) == 1


def test_a_hundred_and_fifty_recipients(relayed, server):
    """One of them refused: the others have nothing to do with that."""
    recipients = [f"r{number}@example.net" for number in range(149)]
    recipients.insert(70, REFUSED)
    relayed.submit("-f", SENDER, *recipients)
    log = relay(relayed, server, queued(relayed, [REFUSED]), [REFUSED])
    assert len(log.lines("status=sent")) == 150
    assert len(log.lines(f"to=<{REFUSED}>.*dsn=5.*status=bounced .*55")) == 1


def test_a_refused_recipient_alone(relayed, server):
    """Between two messages that are taken."""
    relayed.submit("-f", SENDER, ONE)
    relayed.submit("-f", SENDER, REFUSED)
    relayed.submit("-f", SENDER, TWO)
    log = relay(relayed, server, queued(relayed, [REFUSED]), [REFUSED])
    assert len(log.lines("status=bounced")) == 1
    assert len(log.lines("status=sent")) == 3


def test_a_message_that_is_too_large(relayed, server):
    """It fails before it is sent: SIZE says what the smarthost takes."""
    relayed.submit("-f", SENDER, TWO,
                   input=b"Subject: x\n\n" + b"x" * 70 + b"\n" * SIZE)
    large = queued(relayed)
    relayed.submit("-f", SENDER, ONE)
    log = relay(relayed, server, queued(relayed) - large, [TWO])
    [line] = log.lines("status=bounced")
    assert f"to=<{TWO}>" in line and "dsn=5.3.4" in line


def test_a_wrong_password(relayed, server):
    relayed.set_password("wrong")
    relayed.submit(ONE)
    before = relayed.spool.fingerprint()
    status, log = relayed.flush()
    assert status == 75
    assert len(log.lines("535 .*password rejected|password rejected.*535 ")) \
        == 1
    assert relayed.spool.fingerprint() == before
    assert server.delivered() == []


@contextlib.contextmanager
def connections(server, port):
    """As many as it takes, by somebody else."""
    context = ssl._create_unverified_context()
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTIONS):
            sock = socket.create_connection(("127.0.0.1", port))
            # Postfix counts after the handshake, and Exim before.
            if port == server.smtps and isinstance(server, Postfix):
                sock = context.wrap_socket(sock)
            stack.enter_context(sock)
        yield


def test_too_many_connections(relayed, server):
    if isinstance(server, OpenSMTPD):
        pytest.skip("OpenSMTPD does not count connections")
    port = int(relayed.settings["relay"].rpartition(":")[2])
    for _ in range(3):
        relayed.submit("-f", "me@example.com", ONE)
    expected = queued(relayed)
    before = relayed.spool.fingerprint()
    with connections(server, port):
        status, log = relayed.flush()
    assert status == 75
    assert log.lines("421 .*[Tt]oo many|TLS handshake failed")
    assert not log.lines("status=bounced")
    assert relayed.spool.fingerprint() == before
    relay(relayed, server, expected)


@pytest.mark.usefixtures("optimized")
def test_a_smarthost_that_is_killed(relayed, server):
    """Nothing is lost, and only what was on its way may come twice."""
    for number in range(MANY):
        relayed.submit("-f", "me@example.com", ONE,
                       input=b"Subject: %d\n\n" % number)
    names = {digest(Entry.read(path).message): path.name
             for path in relayed.spool.files("new")}
    expected = queued(relayed)
    flusher = relayed.flusher()
    flusher.log.wait_for("status=sent", 5)
    server.kill()
    remove_torn(server, expected)
    left = len(relayed.spool.names("new", "cur"))
    assert left > 0, "it was killed too late"
    server.start()
    drain(relayed, flusher, server, retry=True)
    wait_until(lambda: set(arrived(server)) == set(expected),
               "the deliveries")
    twice = {names[value] for _, value in arrived(server) - expected}
    unsure = {re.search(r"(\w+): possible", line)[1]
              for line in flusher.log.lines("possible duplicate")}
    assert twice <= unsure, flusher.log.text()
    assert flusher.stop() == 0
