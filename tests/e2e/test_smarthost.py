"""The smarthost itself, seen by Python's SMTP client and by raw sockets."""

import base64
import smtplib
import socket
import ssl

import pytest

import harness
from script import after, delay, drop, garbage, hang, per_session, reply, reset
from smarthost import Smarthost

TEXT = b"Subject: x\r\n\r\n.\r\n..dots\r\nend\r\n"


@pytest.fixture
def client(certificates):
    """Connects smtplib to a smarthost in the way that it wants."""
    context = ssl.create_default_context(cafile=certificates.ca)
    opened = []

    def connect(host):
        if host.tls == "implicit":
            smtp = smtplib.SMTP_SSL("localhost", host.port, context=context)
        else:
            smtp = smtplib.SMTP("localhost", host.port)
        opened.append(smtp)
        if host.tls == "starttls":
            smtp.starttls(context=context)
        return smtp

    yield connect
    for smtp in opened:
        smtp.close()


@pytest.fixture
def strict(certificates):
    """A smarthost whose violations are expected, and a raw connection."""
    host = Smarthost(tls="none", keywords=["SIZE 1000"]).start()
    raw = socket.create_connection(("127.0.0.1", host.port))
    yield host, raw.makefile("rwb", buffering=0)
    raw.close()
    host.stop()


def say(stream, octets):
    stream.write(octets)
    line = stream.readline()
    while line[3:4] == b"-":
        line = stream.readline()
    return line


@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_takes_a_message_and_records_it(smarthost, client, tls):
    host = smarthost(tls)
    smtp = client(host)
    smtp.login(harness.USER, harness.PASSWORD)
    smtp.sendmail("a@example.org", ["b@example.net", "c@example.net"], TEXT)
    smtp.quit()
    [message] = host.messages
    assert message.sender == "a@example.org"
    assert message.recipients == ["b@example.net", "c@example.net"]
    assert message.parameters == {"SIZE": str(len(TEXT))}
    assert (message.data, message.method) == (TEXT, "DATA")
    [attempt] = host.attempts
    assert (attempt.mechanism, attempt.accepted) == ("PLAIN", True)
    assert attempt.tls == (tls != "none")
    [session] = host.sessions
    assert session.quit and session.user == harness.USER
    assert session.tls_version == (None if tls == "none" else "TLSv1.3")
    assert session.sni == (None if tls == "none" else "localhost")


def test_checks_the_password(smarthost, client):
    smtp = client(smarthost(mechanisms="LOGIN"))
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(harness.USER, "wrong")
    with pytest.raises(smtplib.SMTPSenderRefused):
        smtp.sendmail("a@example.org", "b@example.net", TEXT)


def test_takes_chunks(smarthost, client):
    host = smarthost(user=None, keywords=["CHUNKING", "8BITMIME"])
    smtp = client(host)
    smtp.ehlo()
    smtp.mail("a@example.org", ["BODY=8BITMIME"])
    smtp.rcpt("b@example.net")
    smtp.send(b"BDAT 5\r\n.\r\n\xe4\xf6")
    assert smtp.getreply()[0] == 250
    smtp.send(b"BDAT 2 LAST\r\n\r\n")
    assert smtp.getreply()[0] == 250
    assert host.messages[0].data == b".\r\n\xe4\xf6\r\n"
    assert (host.messages[0].method, host.messages[0].chunks) == ("BDAT", 2)


def test_follows_the_script(smarthost, client):
    host = smarthost(user=None, script={
        "rcpt:no@example.net": reply("550-5.1.1 no", "550 5.1.1 such user"),
        "mail": after(1, reply("451 4.3.0 later")),
        "rset": [delay(0.01), reply("250 again")]})
    smtp = client(host)
    smtp.ehlo()
    assert smtp.mail("a@example.org")[0] == 250
    assert smtp.rcpt("no@example.net") == (550, b"5.1.1 no\n5.1.1 such user")
    assert smtp.rcpt("yes@example.net")[0] == 250
    assert [smtp.rset() for i in range(3)] == [
        (250, b"2.0.0 reset"), (250, b"again"), (250, b"2.0.0 reset")]
    assert smtp.mail("a@example.org")[0] == 451


@pytest.mark.parametrize("step", ["connect", "tls", "greeting", "ehlo", "mail",
                                  "rcpt", "data", "content", "end"])
@pytest.mark.parametrize("action", [drop(), reset(), garbage().then("drop")],
                         ids=["drop", "reset", "garbage"])
def test_breaks_off_at_any_step(smarthost, client, step, action):
    host = smarthost(user=None, script={step: action})
    with pytest.raises((OSError, smtplib.SMTPException)):
        smtp = client(host)
        smtp.ehlo_or_helo_if_needed()
        smtp.sendmail("a@example.org", "b@example.net", TEXT)
        smtp.quit()


def test_counts_a_message_with_a_lost_reply_as_unanswered(smarthost, client):
    host = smarthost(user=None, script={"end": [drop()]})
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client(host).sendmail("a@example.org", "b@example.net", TEXT)
    client(host).sendmail("a@example.org", "c@example.net", TEXT)
    assert [m.recipients for m in host.unanswered] == [["b@example.net"]]
    assert [m.recipients for m in host.messages] == [["c@example.net"]]


def test_hangs_until_the_client_leaves(smarthost):
    host = smarthost("none", script={"greeting": per_session(0, hang())})
    raw = socket.create_connection(("127.0.0.1", host.port))
    raw.settimeout(0.05)
    with pytest.raises(TimeoutError):
        raw.recv(1)
    raw.close()
    harness.wait_until(lambda: host.sessions and not host.open_sessions())


def test_comes_back_on_its_port(smarthost, client):
    host = smarthost(user=None)
    port = host.port
    host.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    host.start()
    client(host).sendmail("a@example.org", "b@example.net", TEXT)
    assert len(host.messages) == 1


def test_listens_on_ipv6(smarthost, certificates):
    host = smarthost(user=None, address="::1")
    context = ssl.create_default_context(cafile=certificates.ca)
    with smtplib.SMTP_SSL("::1", host.port, context=context) as smtp:
        smtp.sendmail("a@example.org", "b@example.net", TEXT)


@pytest.mark.parametrize("name", ["expired", "wrong_name", "self_signed",
                                  "untrusted"])
def test_bad_certificates_are_bad(smarthost, client, certificates, name):
    host = smarthost(certificate=getattr(certificates, name))
    with pytest.raises(ssl.SSLCertVerificationError):
        client(host)
    harness.wait_until(lambda: not host.open_sessions())
    assert host.sessions[0].tls_error


@pytest.mark.parametrize("sent, complaint", [
    (b"EHLO a\n", "without CRLF"),
    (b"EHLO a\rb\r\n", "CR, LF or NUL"),
    (b"EHLO " + b"a" * 600 + b"\r\n", "607 octets"),
    (b"EHLO a b\r\n", "malformed EHLO"),
    (b"NONSENSE\r\n", "unknown command"),
    (b"MAIL FROM:<a@b>\r\n", "MAIL before EHLO"),
    (b"STARTTLS\r\n", "not offered"),
])
def test_records_a_violation(strict, sent, complaint):
    host, raw = strict
    assert raw.readline().startswith(b"220")
    say(raw, sent)
    assert any(complaint in text for text in host.violations)


@pytest.mark.parametrize("sent, complaint", [
    ([b"RCPT TO:<c@d>\r\n"], "RCPT without MAIL"),
    ([b"MAIL FROM: <a@b>\r\n"], "malformed"),
    ([b"MAIL FROM:<a@b> BODY=8BITMIME\r\n"], "not offered"),
    ([b"MAIL FROM:<a@b>\r\n", b"MAIL FROM:<a@b>\r\n"], "inside"),
    ([b"MAIL FROM:<a@b>\r\n", b"DATA\r\n"], "without a recipient"),
    ([b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\n"], "sent ahead"),
    ([b"BDAT 0 LAST\r\n"], "BDAT that was not offered"),
    ([b"AUTH PLAIN AGEAYg==\r\n"], "AUTH PLAIN that was not offered"),
])
def test_records_a_command_out_of_order(strict, sent, complaint):
    host, raw = strict
    raw.readline()
    say(raw, b"EHLO [127.0.0.1]\r\n")
    for octets in sent:
        say(raw, octets)
    assert complaint in host.violations[0]


@pytest.mark.parametrize("data, complaint", [
    (b"a\nb\r\n.\r\n", "bare CR or LF"),
    (b"a\rb\r\n.\r\n", "bare CR or LF"),
    (b"a\0b\r\n.\r\n", "NUL"),
    (b".a\r\n.\r\n", "not doubled"),
    (b"a\r\n.\r\nQUIT\r\n", "sent ahead"),
])
def test_records_a_violation_in_the_data(strict, data, complaint):
    host, raw = strict
    raw.readline()
    for line in (b"EHLO a.b", b"MAIL FROM:<>", b"RCPT TO:<\"a b\"@c>",
                 b"DATA"):
        say(raw, line + b"\r\n")
    assert host.violations == []
    say(raw, data)
    assert complaint in host.violations[0]


def test_notices_input_ahead_of_starttls_and_auth(certificates):
    for line in (b"STARTTLS", b"AUTH LOGIN"):
        with Smarthost(tls="starttls", certificate=certificates.good, user="u",
                       password="p", auth_early=True) as host:
            with socket.create_connection(("127.0.0.1", host.port)) as raw:
                stream = raw.makefile("rwb", buffering=0)
                stream.readline()
                say(stream, b"EHLO a.b\r\n")
                say(stream, line + b"\r\nNOOP\r\n")
                assert "sent ahead" in host.violations[0]


def test_auth_login_with_an_initial_response(smarthost):
    host = smarthost("none")
    with socket.create_connection(("127.0.0.1", host.port)) as raw:
        stream = raw.makefile("rwb", buffering=0)
        stream.readline()
        say(stream, b"EHLO a.b\r\n")
        user = base64.b64encode(harness.USER.encode())
        password = base64.b64encode(harness.PASSWORD.encode())
        assert say(stream, b"AUTH LOGIN " + user + b"\r\n")[:3] == b"334"
        assert say(stream, password + b"\r\n")[:3] == b"235"
    assert host.attempts[0].initial and not host.attempts[0].tls
