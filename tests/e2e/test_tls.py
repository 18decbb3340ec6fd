"""Nothing in the clear, and nothing to a stranger."""

import re
import ssl

import pytest

from script import garbage, reply

ONE = "one@example.net"
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
HARMLESS = {b"EHLO", b"STARTTLS", b"QUIT", b"RSET", b"NOOP"}


def assert_nothing_sent(site, host, pattern):
    """One attempt that gives nothing away and leaves the mail in peace."""
    site.submit(ONE)
    before = site.spool.fingerprint()
    status, log = site.flush()
    assert status == 75
    assert site.spool.fingerprint() == before
    assert not log.lines("status=|bounced|removed")
    said = [line for line in log.lines(f"(?i){pattern}")
            if "connection established to" not in line]
    assert len(said) == 1, log.text()
    assert re.search(f"(?i){pattern}", site.mailq().stdout.splitlines()[0])
    assert host.attempts == [] and host.messages == []
    assert {command.verb for command in host.commands
            if not command.tls} <= HARMLESS
    return log


BAD = [("expired", "certificate.*expired"),
       ("wrong_name", "certificate.*(name|localhost)"),
       ("self_signed", "certificate.*(self.signed|signed by itself)"),
       ("untrusted", "certificate.*(issuer|trust)")]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("name, pattern", BAD, ids=[name for name, _ in BAD])
def test_a_bad_certificate(site, smarthost, certificates, tls, name, pattern):
    host = smarthost(tls, certificate=getattr(certificates, name),
                     auth_early=True)
    site.use(host)
    assert_nothing_sent(site, host, pattern)
    host.certificate = certificates.good
    assert site.flush()[0] == 0


def test_a_certificate_for_the_name_but_not_for_the_address(
        site, smarthost, certificates):
    host = smarthost(certificate=certificates.wrong_name)
    site.use(host, relay=f"smtps://127.0.0.1:{host.port}")
    assert_nothing_sent(site, host, "certificate")


def test_the_system_store_does_not_trust_the_test_authority(site, smarthost):
    host = smarthost()
    site.use(host, tls_ca_file=None)
    assert_nothing_sent(site, host, "certificate")


@pytest.mark.parametrize("harm", ["missing", "garbage"])
def test_a_ca_file_that_is_no_good(site, smarthost, harm):
    path = site.directory / "ca.pem"
    if harm == "garbage":
        path.write_text("no certificate\n")
    host = smarthost()
    site.use(host, tls_ca_file=path)
    assert_nothing_sent(site, host, "ca.pem")


def test_starttls_is_not_offered(site, smarthost):
    host = smarthost("starttls", starttls_offered=False, auth_early=True)
    site.use(host)
    assert_nothing_sent(site, host, "STARTTLS")
    host.starttls_offered = True
    assert site.flush()[0] == 0


@pytest.mark.parametrize("injected", [
    b"250 2.0.0 injected\r\n", b"x",
    b"250-localhost\r\n250 AUTH PLAIN\r\n235 ok\r\n250 ok\r\n"])
def test_plaintext_left_over_at_starttls(site, smarthost, injected):
    host = smarthost("starttls", script={
        "starttls": garbage(b"220 go ahead\r\n" + injected)})
    site.use(host)
    assert_nothing_sent(site, host, "STARTTLS")
    host.script.entries.clear()
    assert site.flush()[0] == 0


def test_keywords_from_before_tls_are_forgotten(site, smarthost):
    def ehlo(session):
        if session.channel.tls:
            return None
        return reply("250-localhost", "250-STARTTLS", "250-CHUNKING",
                     "250 SIZE 1")

    host = smarthost("starttls", keywords=[], script={"ehlo": ehlo})
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.messages[0].method == "DATA"
    assert host.messages[0].parameters == {}


def test_a_smarthost_that_speaks_in_the_clear_first(site, smarthost):
    """smtps:// to a port for smtp://; a ClientHello is no command."""
    host = smarthost("none", script={
        "greeting": reply("220 localhost ESMTP").then("hang")})
    site.use(host, relay=f"smtps://localhost:{host.port}", tls=None)
    assert_nothing_sent(site, host, "localhost")


def test_a_smarthost_that_expects_tls_at_once(site, smarthost):
    implicit = smarthost("implicit")
    site.use(implicit, relay=f"smtp://localhost:{implicit.port}", timeout="1s")
    assert_nothing_sent(site, implicit, "localhost")


def test_tls_before_1_2_is_refused(site, smarthost):
    host = smarthost(tls_maximum=ssl.TLSVersion.TLSv1_1)
    site.use(host)
    assert_nothing_sent(site, host, "TLS|protocol|version")


def test_tls_1_2_is_enough(site, smarthost):
    host = smarthost(tls_maximum=ssl.TLSVersion.TLSv1_2)
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].tls_version == "TLSv1.2"


def test_tls_1_3_can_be_required(site, smarthost):
    host = smarthost(tls_maximum=ssl.TLSVersion.TLSv1_2)
    site.use(host, tls_min_version="1.3")
    assert_nothing_sent(site, host, "TLS|protocol|version")
    host.tls_maximum = None
    assert site.flush()[0] == 0
    assert host.sessions[-1].tls_version == "TLSv1.3"


def test_opportunistic_tls_takes_any_certificate(site, smarthost,
                                                 certificates):
    host = smarthost("starttls", certificate=certificates.self_signed)
    site.use(host, tls="opportunistic", tls_ca_file=None)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].tls_version and host.attempts[0].tls


def test_opportunistic_tls_goes_without_where_none_is_offered(site, smarthost):
    host = smarthost("starttls", starttls_offered=False, user=None)
    site.use(host, tls="opportunistic")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].tls_version is None


def test_without_tls_when_told_so(site, smarthost):
    """On loopback even with a password."""
    host = smarthost("none")
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert not host.attempts[0].tls
