"""TLS that is stripped, broken, old or somebody else's, by what is asked for.

What goes out in the clear, and what to whom, is decided by `tls` and `user`
alone.
"""

import dataclasses
import itertools
import re
import socket
import ssl
import time

import pytest

import chains
from cell import DATA_MAX, LATEST, SECRETS
from chains import AUTHORITY, Link
import harness
from harness import PASSWORD, USER, Site
from script import drop, garbage, hang, reply
from smarthost import Smarthost
from wiretap import Wiretap, are_records, shows, spilled

ONE = "one@example.net"
POLICIES = ("required", "opportunistic", "none")
IMPLICIT = "from the start"
NOTHING, CLEAR, TLS = "nothing is sent", "sent in the clear", "sent under TLS"
HARMLESS = re.compile(rb"(?:EHLO [^\r\n]+\r\n|STARTTLS\r\n|QUIT\r\n)*")
MANY = 100

pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion")


@dataclasses.dataclass
class Wrong:
    """What is wrong with TLS, as options of the smarthost."""
    options: dict = dataclasses.field(default_factory=dict)
    certificate: str = "good"
    stripped: bool = False
    broken: bool = False        # nobody could speak TLS with it


def script(step, action, **options):
    return Wrong({"script": {step: action}, **options}, broken=True)


def oldest(version):
    return Wrong({"tls_maximum": version}, broken=True)


def raw(octets):
    """Past TLS."""
    def send(session):
        if not session.channel.tls:
            return None
        session.channel.send_raw(octets)
        return drop()

    return send


WRONG = {
    "nothing": Wrong(),
    "STARTTLS is stripped": Wrong({"starttls_offered": False},
                                  stripped=True),
    "STARTTLS: 454": script("starttls", reply("454 4.7.0 not now")),
    "STARTTLS: 502": script("starttls", reply("502 5.5.1 what")),
    "STARTTLS: 354": script("starttls", reply("354 go on")),
    "STARTTLS: nothing": script("starttls", hang()),
    "a reply behind STARTTLS": script("starttls", garbage(
        b"220 go ahead\r\n250-localhost\r\n250 AUTH PLAIN\r\n")),
    "replies behind STARTTLS": script("starttls", garbage(
        b"220 go ahead\r\n" + b"250 2.0.0 ok\r\n" * 9)),
    "an octet behind STARTTLS": script("starttls", garbage(
        b"220 go ahead\r\n2")),
    "no TLS after STARTTLS": script("tls", garbage(
        b"250-localhost\r\n250 AUTH PLAIN\r\n" * 9).then("hang")),
    "garbage": script("tls", garbage()),
    "close": script("tls", drop()),
    "hang": script("tls", hang()),
    "no TLS after the handshake": script("ehlo", raw(
        b"250-localhost\r\n250 AUTH PLAIN\r\n" * 9)),
    "a forged record": script("ehlo", raw(
        b"\x17\x03\x03\x00\x30" + b"\xa5" * 48)),
    "an alert": script("ehlo", raw(b"\x15\x03\x03\x00\x02\x02\x28")),
    "TLS 1.0": oldest(ssl.TLSVersion.TLSv1),
    "TLS 1.1": oldest(ssl.TLSVersion.TLSv1_1),
    "expired": Wrong(certificate="expired"),
    "wrong name": Wrong(certificate="wrong_name"),
    "self-signed": Wrong(certificate="self_signed"),
    "unknown issuer": Wrong(certificate="untrusted"),
}


def follows(wrong, policy, user):
    """What must come of it where the smarthost is not on loopback."""
    in_the_clear = NOTHING if user else CLEAR
    if policy == "none":
        return in_the_clear
    if wrong.stripped and policy == "opportunistic":
        return in_the_clear
    if wrong.stripped or wrong.broken:
        return NOTHING
    if wrong.certificate != "good" and policy != "opportunistic":
        return NOTHING
    return TLS


def own_address():
    """One that is not on loopback, where a password may go in the clear."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))     # sends nothing
        except OSError:
            pytest.skip("no address but loopback")
        return probe.getsockname()[0]


def outcome(host, log):
    """What has been seen, after the wire has been looked at."""
    for session in host.sessions:
        octets = bytes(session.channel.received)
        assert not shows(octets, SECRETS)
        assert not spilled(bytes(session.channel.deciphered), SECRETS)
        if host.tls == "implicit":
            assert are_records(octets)
        elif not host.messages:
            octets = octets[HARMLESS.match(octets).end():]
            assert are_records(octets), octets[:100]
    assert not shows(log.path.read_bytes(), SECRETS)
    if not host.messages:
        assert not log.lines("status=|possible duplicate|removed")
        return NOTHING
    return TLS if host.sessions[-1].tls_version else CLEAR


def attempt(directory, certificates, wrong, policy, user):
    """One attempt, and another one when nothing is wrong any more."""
    directory.mkdir()
    tls = "implicit" if policy == IMPLICIT else "starttls"
    host = Smarthost(
        tls, certificate=getattr(certificates, wrong.certificate),
        user=USER if user else None, password=PASSWORD, auth_early=True,
        channel=Wiretap, address="0.0.0.0", **wrong.options)
    site = Site(directory, certificates)
    with host:
        site.use(host, timeout="1s")
        if policy in ("opportunistic", "none"):
            site.configure(tls=policy,
                           relay=f"smtp://{own_address()}:{host.port}")
        site.submit(ONE)
        before = site.spool.fingerprint()
        status, log = site.flush()
        seen = outcome(host, log)
        assert status == (75 if seen == NOTHING else 0), log.text()
        assert host.violations == []
        if seen == NOTHING:
            assert site.spool.fingerprint() == before
            mend(host, certificates)
            site.configure(relay=f"{host.url}", tls=None)
            assert site.flush()[0] == 0, site.flushers[-1].log.text()
        assert len(host.messages) == 1
        site.close()
    return seen


def mend(host, certificates):
    host.script.entries.clear()
    host.certificate = certificates.good
    host.starttls_offered = True
    host.tls_maximum = None


@pytest.mark.parametrize("name", WRONG)
def test_what_is_asked_for(name, everything, tally, tmp_path, certificates):
    wrong = WRONG[name]
    cells = list(itertools.product(POLICIES, (True, False)))
    if not wrong.stripped and "STARTTLS" not in name:
        cells.append((IMPLICIT, True))
    if not everything:
        number = list(WRONG).index(name)
        cells = cells[number % 4::4]
    for number, (policy, user) in enumerate(cells):
        seen = attempt(tmp_path / str(number), certificates, wrong, policy,
                       user)
        right = seen == follows(wrong, policy, user)
        tally("TLS that is stripped, broken, old or false", right)
        assert right, (policy, user, seen)


def limited_flush(site):
    """An attempt within bounds of memory and time."""
    site.submit(ONE)
    began = time.monotonic()
    flusher = site.flusher("-q", prefix=[] if harness.sanitized()
                           else DATA_MAX)
    status = flusher.wait()
    assert time.monotonic() - began < LATEST
    assert not flusher.log.lines("status=(deferred|bounced)")
    return status, flusher.log


@pytest.mark.parametrize("count, status", [(MANY, 0), (10 * MANY, 75)])
def test_certificates_that_nobody_needs(site, smarthost, tmp_path, tally,
                                        count, status):
    """They are passed over, and where they are too many that is the end."""
    path = chains.make(tmp_path, Link("leaf"))
    with open(path, "a") as file:
        file.write((tmp_path / "root.pem").read_text() * count)
    host = smarthost(certificate=path)
    site.use(host, tls_ca_file=tmp_path / "root.pem")
    found, log = limited_flush(site)
    tally("TLS that floods", found == status)
    assert found == status, log.text()


def test_a_long_chain(site, smarthost, tmp_path, tally, everything):
    """It is taken or not, in time and memory that are bounded."""
    count = 101 if everything else 11
    links = [Link(f"link{number}", AUTHORITY) for number in range(count - 1)]
    host = smarthost(certificate=chains.make(tmp_path, *links, Link("leaf")))
    site.use(host, tls_ca_file=tmp_path / "root.pem")
    status, log = limited_flush(site)
    right = status == 0 or log.lines("certificate verify failed")
    tally("TLS that floods", right)
    assert right, log.text()


def flood(octets):
    """Sends the same all the time, faster than it can be read."""
    def send(session):
        tap = session.channel.sock
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 23)
        end = time.monotonic() + 2 * LATEST
        while time.monotonic() < end:
            tap.sendall(octets * 64)
        return drop()

    return send


# Small ones take more time to read than to send.
HELLO_REQUESTS = b"\x16\x03\x03\x00\x04\0\0\0\0" * 2000


@pytest.mark.parametrize("tls, octets", [
    ("implicit", HELLO_REQUESTS), ("starttls", HELLO_REQUESTS),
    ("implicit", b"\x14\x03\x03\x00\x01\x01" * 1000),
    ("implicit", b"\x15\x03\x03\x00\x02\x01\x5a" * 1000)],
    ids=["HelloRequest", "HelloRequest after STARTTLS", "ChangeCipherSpec",
         "warnings"])
def test_a_handshake_without_end(site, smarthost, tls, octets, tally):
    """What OpenSSL passes over by itself does not hold us."""
    host = smarthost(tls, script={"tls": flood(octets)})
    site.use(host, timeout="1s")
    status, log = limited_flush(site)
    tally("TLS that floods", status == 75)
    assert status == 75, log.text()


def test_tickets_without_end(site, smarthost, tally):
    """After the handshake too."""
    host = smarthost()
    usual = host.context

    def context(session):
        made = usual(session)
        made.num_tickets = 20_000
        return made

    host.context = context
    site.use(host, timeout="1s")
    status, log = limited_flush(site)
    right = status == 0 or log.lines("timed out after 1 s")
    tally("TLS that floods", right)
    assert right, log.text()
