"""REQUIRETLS (RFC 8689): a message whose sender asks for it goes out over
verified TLS to a smarthost that offers the extension, or fails."""

import hashlib
import ssl

import pytest

from client import KINDS, LOCAL, Client
from script import reply

ONE, TWO = "one@example.net", "two@example.net"
OFFERED = ["PIPELINING", "8BITMIME", "DSN", "REQUIRETLS"]
ASKED = ["-O", "RequireTLS"]


def mail(host):
    """The MAIL commands."""
    return [command.line.rstrip(b"\r\n").decode() for command in host.commands
            if command.verb == b"MAIL"]


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("keywords", [
    OFFERED, [*OFFERED, "CHUNKING"], ["requiretls"]])
def test_it_is_passed_on(site, smarthost, tls, keywords):
    host = smarthost(tls=tls, keywords=keywords)
    site.use(host)
    site.submit("-f", "me@example.com", *ASKED, ONE)
    site.submit("-f", "me@example.com", TWO)
    assert site.flush()[0] == 0
    assert mail(host) == ["MAIL FROM:<me@example.com> REQUIRETLS",
                          "MAIL FROM:<me@example.com>"]
    assert [m.recipients for m in host.messages] == [[ONE], [TWO]]


@pytest.mark.parametrize("words, asked", [
    (["-O", "requiretls=yes"], True), (["-OREQUIRETLS"], True),
    (["-O", "RequireTLS=True"], True), (["-ORequireTLS=no"], False),
    (["-O", "RequireTLSNot"], False), (["-oRequireTLS"], False), ([], False)])
def test_the_option(site, words, asked):
    site.submit(*words, "-V", "x", ONE)
    entry = site.spool.entry("new")
    assert entry.asked[""] == ("envid=x tls=required" if asked else "envid=x")
    [name] = site.spool.names("new")
    shown = site.ctl("show", name).stdout
    assert ("\nTls:       required\n" in shown) == asked


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("argument", [[], ASKED])
def test_over_smtp(site, kind, argument):
    """RFC 8689, section 2: under TLS, or where there is no wire at all."""
    with Client(site, kind, argument) as client:
        client.expect(220)
        offered = client.say(b"EHLO client", 250).lines
        assert ("REQUIRETLS" in offered) == (kind in LOCAL)
        if kind in LOCAL:
            client.say(b"MAIL FROM:<a@example.com> RequireTLS", 250)
        else:
            client.say(b"MAIL FROM:<a@example.com> RequireTLS", 555)
            client.say(b"MAIL FROM:<a@example.com>", 250)
        client.say(b"RCPT TO:<b@example.net>", 250)
        client.data(b"Subject: x\r\n\r\n.\r\n")
        client.envelope()
        client.data(b"Subject: y\r\n\r\n.\r\n")
        client.quit()
    first, second = [b" tls=required\n" in path.read_bytes()
                     for path in site.spool.files("new")]
    assert first == (kind in LOCAL or bool(argument))
    assert second == bool(argument)


def test_a_smarthost_without_it(site, smarthost):
    """Nothing is said of the message, and the next one goes out."""
    host = smarthost(keywords=["PIPELINING", "CHUNKING"])
    site.use(host)
    site.submit("-f", "me@example.com", *ASKED, ONE, TWO)
    site.submit("-f", "me@example.com", TWO)
    status, log = site.flush()
    assert status == 0
    assert sorted(mail(host)) == ["MAIL FROM:<>",
                                  "MAIL FROM:<me@example.com>"]
    assert [m.recipients for m in host.messages if m.sender] == [[TWO]]
    assert len(log.lines(r"dsn=5\.7\.30, status=bounced \(REQUIRETLS support "
                         "required: .* does not offer REQUIRETLS")) == 2
    assert site.spool.entry("failed").states == {ONE: "F", TWO: "F"}


@pytest.mark.parametrize("tls, setting, reason", [
    ("none", "none", "there is none"),
    ("starttls", "none", "there is none"),
    ("none", "opportunistic", "there is none"),
    ("starttls", "opportunistic", "no certificate was verified")])
def test_without_verified_tls(site, smarthost, tls, setting, reason):
    host = smarthost(tls=tls, keywords=OFFERED, user=None)
    site.use(host, tls=setting)
    site.submit("-f", "me@example.com", *ASKED, ONE)
    site.submit("-f", "me@example.com", TWO)
    status, log = site.flush()
    assert status == 0
    assert mail(host) == ["MAIL FROM:<me@example.com>"]
    # Its notification must not go that way either.
    for recipient in (ONE, "me@example.com"):
        assert len(log.lines(rf"to=<{recipient}>.*dsn=5\.7\.10, "
                             rf"status=bounced .*{reason}")) == 1
    assert len(site.spool.names("failed")) == 2


def test_a_certificate_that_is_known_by_its_fingerprint(site, smarthost,
                                                        certificates):
    """It is verified by whoever wrote the fingerprint down."""
    path = certificates.self_signed
    pem = "-----BEGIN CERT" + path.read_text().partition("-----BEGIN CERT")[2]
    value = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()
    host = smarthost(certificate=path, keywords=OFFERED)
    site.use(host, tls_fingerprint=f"SHA256:{value}")
    site.submit("-f", "me@example.com", *ASKED, ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert mail(host) == ["MAIL FROM:<me@example.com> REQUIRETLS"]


def test_a_certificate_that_is_wrong_touches_no_message(
        site, smarthost, certificates):
    """It may be mended before the message is too old."""
    host = smarthost(certificate=certificates.wrong_name, keywords=OFFERED)
    site.use(host)
    site.submit(*ASKED, ONE)
    before = site.spool.fingerprint()
    assert site.flush()[0] == 75
    assert host.commands == [] and site.spool.fingerprint() == before


@pytest.mark.parametrize("keywords, said", [
    (OFFERED, "MAIL FROM:<> REQUIRETLS"), (["DSN"], "MAIL FROM:<>")])
def test_a_notification_is_not_lost(site, smarthost, keywords, said):
    """Section 5: without a sender it goes out all the same."""
    host = smarthost(keywords=keywords)
    site.use(host)
    site.submit("-f", "<>", *ASKED, ONE)
    assert site.flush()[0] == 0
    assert mail(host) == [said]
    assert len(host.messages) == 1


def test_it_is_asked_again(site, smarthost):
    host = smarthost(keywords=OFFERED, script={
        "mail": [reply("450 4.3.1 later")]})
    site.use(host)
    site.submit(*ASKED, ONE)
    assert site.flush()[0] == 75
    assert site.flush()[0] == 0
    assert [line.split()[-1] for line in mail(host)] == ["REQUIRETLS"] * 2


def test_the_header_field_passes(site, smarthost):
    """TLS-Required: No is for those behind the smarthost."""
    host = smarthost(keywords=OFFERED)
    site.use(host)
    site.submit(ONE, input=b"Subject: x\nTLS-Required: No\n\nx\n")
    assert site.flush()[0] == 0
    [message] = host.messages
    assert b"\r\nTLS-Required: No\r\n" in message.data
    assert message.parameters == {}
