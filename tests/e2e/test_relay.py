"""What reaches the smarthost: every byte, over every form of the dialogue."""

import re

import pytest

from harness import PASSWORD, USER, Entry, program, run
from script import delay, reply

ONE, TWO = "one@example.net", "two@example.net"
KEYWORDS = {
    "plain": [],
    "pipelining": ["PIPELINING"],
    "chunking": ["CHUNKING"],
    "all": ["PIPELINING", "CHUNKING", "SIZE 52428800", "8BITMIME",
            "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8"],
}
TEXTS = {
    "text": b"Subject: x\n\ntext\n",
    "dots": b"Subject: x\n\n.\n..\n.x\n...\nx.\n.\n",
    "dot first": b".\n",
    "empty": b"",
    "8-bit": b"Subject: \xc3\xa4\n\n\xe4\xf6\xfc\xff\n",
    "line ends": b"Subject: x\r\n\r\na\r\r\nb\rc\nd",
    "long line": b"Subject: x\n\n" + b"y" * 3000 + b"\n",
    "larger than a buffer": b"Subject: x\n\n" + b".line of text\n" * 30000,
}


@pytest.mark.parametrize("keywords", KEYWORDS.values(), ids=KEYWORDS)
@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_every_byte_arrives(site, smarthost, tls, keywords):
    host = smarthost(tls, keywords=keywords)
    site.use(host)
    for text in TEXTS.values():
        site.submit("-i", ONE, input=text)
    stored = [Entry.read(path) for path in site.spool.files("new")]
    status, log = site.flush()
    assert status == 0, log.text()
    arrived = sorted(message.data for message in host.messages)
    assert arrived == sorted(entry.message for entry in stored)
    method = "BDAT" if "CHUNKING" in keywords else "DATA"
    assert {message.method for message in host.messages} == {method}
    assert site.spool.names() == []


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_the_session_is_encrypted_and_authenticated(site, smarthost, tls):
    host = smarthost(tls)
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0
    [session] = host.sessions
    assert session.user == USER and session.quit
    assert session.tls_version in ("TLSv1.2", "TLSv1.3")
    assert session.sni == "localhost"
    assert session.helo == "client.example.org"
    verbs = [command.verb for command in session.commands if not command.tls]
    assert verbs == ([] if tls == "implicit" else [b"EHLO", b"STARTTLS"])
    [attempt] = host.attempts
    assert attempt.tls and attempt.password == PASSWORD


def test_the_envelope_arrives(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit("-f", "me@example.com", "--", ONE, TWO, "-dash@example.net",
                '"odd, local"@example.net')
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.sender == "me@example.com"
    assert message.recipients == [ONE, TWO, "-dash@example.net",
                                  '"odd, local"@example.net']


def test_the_null_sender_arrives(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit("-f", "", ONE)
    assert site.flush()[0] == 0
    assert host.messages[0].sender == ""


@pytest.mark.parametrize("keywords, text, parameters", [
    (["SIZE 100000"], b"x\n", {"SIZE"}),
    (["SIZE"], b"x\n", {"SIZE"}),
    (["SIZE 100000", "8BITMIME"], b"\xe4\n", {"SIZE", "BODY"}),
    (["8BITMIME"], b"x\n", set()),
    (["8bitmime"], b"\xe4\n", {"BODY"}),
    ([], b"\xe4\n", set()),
])
def test_parameters_of_mail(site, smarthost, keywords, text, parameters):
    host = smarthost(keywords=keywords)
    site.use(host)
    site.submit(ONE, input=b"\n" + text)
    size = len(site.spool.message("new"))
    assert site.flush()[0] == 0
    sent = host.messages[0].parameters
    assert {name for name in sent if sent[name] != "7BIT"} == parameters
    assert sent.get("SIZE", str(size)) == str(size)
    assert sent.get("BODY", "8BITMIME") in ("8BITMIME", "7BIT")


def test_a_message_over_the_size_limit_is_not_even_offered(site, smarthost):
    """The smarthost has said so in its EHLO: a permanent failure."""
    host = smarthost(keywords=["SIZE 20000"])
    site.use(host)
    site.submit(ONE, input=b"\n" + b"line\n" * 5000)
    site.submit(TWO)
    _, log = site.flush()
    assert [message.recipients for message in host.messages
            if message.sender] == [[TWO]]
    assert site.spool.entry("failed").states == {ONE: "F"}
    assert log.lines(f"to=<{ONE}>.*status=bounced")


@pytest.mark.parametrize("pipelining", [True, False])
def test_commands_go_ahead_only_where_the_smarthost_takes_them(
        site, smarthost, pipelining):
    host = smarthost(keywords=["PIPELINING"] if pipelining else [])
    site.use(host)
    site.submit(*(f"user{number}@example.net" for number in range(20)))
    assert site.flush()[0] == 0
    assert any(command.ahead for command in host.commands) == pipelining
    assert len(host.messages[0].recipients) == 20


@pytest.mark.parametrize("keywords", KEYWORDS.values(), ids=KEYWORDS)
def test_many_messages_over_one_session(site, smarthost, keywords):
    host = smarthost(keywords=keywords)
    site.use(host, connections=1)
    for number in range(25):
        site.submit(ONE, input=b"Subject: %d\n\n" % number)
    assert site.flush()[0] == 0
    subjects = [re.search(rb"Subject: (\d+)", message.data)[1]
                for message in host.messages]
    assert sorted(subjects, key=int) == [b"%d" % n for n in range(25)]
    [session] = host.sessions
    assert len(session.messages) == 25
    assert len(session.attempts) == 1 and session.quit


def test_more_than_a_hundred_recipients_are_split(site, smarthost):
    """RFC 5321, section 4.5.3.1.8: a hundred is what everybody takes."""
    host = smarthost()
    site.use(host)
    recipients = [f"user{number}@example.net" for number in range(250)]
    site.submit(*recipients)
    assert site.flush()[0] == 0
    assert all(len(message.recipients) <= 100 for message in host.messages)
    assert sorted(recipient for message in host.messages
                  for recipient in message.recipients) == sorted(recipients)
    assert len({message.data for message in host.messages}) == 1


def test_nobody_gets_a_split_message_twice(site, smarthost):
    """The first hundred have it when the second hundred is deferred."""
    host = smarthost(script={"mail": [None, reply("451 4.3.0 later")]})
    site.use(host, connections=1)
    recipients = [f"user{number}@example.net" for number in range(150)]
    site.submit(*recipients)
    assert site.flush()[0] == 75
    assert site.flush()[0] == 0
    assert sorted(recipient for message in host.messages
                  for recipient in message.recipients) == sorted(recipients)


def test_long_addresses_and_long_replies(site, smarthost):
    """A hundred of each, which the agent and the flusher tell each other."""
    recipients = [f"{'x' * 440}{number}@example.net" for number in range(100)]
    host = smarthost(script={"rcpt": reply(*["550-5.1.1 " + "no " * 150] * 3,
                                           "550 5.1.1 " + "no " * 150)})
    site.use(host)
    site.submit("-f", "<>", *recipients)
    status, log = site.flush()
    assert status == 0, log.text()
    assert set(site.spool.entry("failed").states.values()) == {"F"}


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN", "LOGIN PLAIN", "PLAIN",
                                        "LOGIN", "GSSAPI XOAUTH2 LOGIN"])
def test_authentication(site, smarthost, mechanisms):
    host = smarthost(mechanisms=mechanisms)
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0
    [attempt] = host.attempts
    assert attempt.accepted
    assert attempt.mechanism == ("PLAIN" if "PLAIN" in mechanisms else "LOGIN")


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN", "login"])
def test_the_mechanism_can_be_chosen(site, smarthost, mechanism):
    host = smarthost()
    site.use(host, auth=mechanism)
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert host.attempts[0].mechanism == mechanism.upper()


@pytest.mark.parametrize("mechanism", ["LOGIN", "PLAIN"])
@pytest.mark.parametrize("password", [
    "blank in it ", " leading", "colon:quote\"back\\slash", "ümläut",
    "x" * 500])
def test_any_password_is_one(site, smarthost, password, mechanism):
    host = smarthost(password=password, mechanisms=mechanism)
    site.set_password(password)
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert password not in log.text()


def test_only_the_first_line_of_the_password_file_counts(site, smarthost):
    host = smarthost()
    site.set_password(PASSWORD + "\nand a note")
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0


def test_without_a_user_there_is_no_authentication(site, smarthost):
    host = smarthost(user=None)
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert host.attempts == [] and len(host.messages) == 1


def test_multi_line_replies_everywhere(site, smarthost):
    host = smarthost("starttls", script={
        "greeting": reply("220-hello", "220-there", "220 go"),
        "starttls": reply("220-yes", "220 go"),
        "auth": reply("235-2.7.0 yes", "235 2.7.0 you"),
        "mail": reply("250-2.1.0 one", "250-2.1.0 two", "250 2.1.0 three"),
        "rcpt": reply("250-2.1.5 one", "250 2.1.5 two"),
        "data": reply("354-one", "354 two"),
        "end": reply("250-2.0.0 taken", "250 2.0.0 as 4711"),
        "quit": reply("221-good", "221 bye")})
    site.use(host)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert log.lines("status=sent.*4711")


def test_replies_without_text(site, smarthost):
    host = smarthost(script={"mail": reply("250"), "rcpt": reply("250 "),
                             "data": reply("354"), "end": reply("250")})
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert len(host.messages) == 1


def test_a_slow_smarthost_is_waited_for(site, smarthost):
    host = smarthost(script={step: delay(0.05) for step in (
        "connect", "greeting", "ehlo", "auth", "mail", "rcpt", "data", "end")})
    site.use(host)
    site.submit(ONE)
    assert site.flush()[0] == 0
    assert len(host.messages) == 1


def test_ipv6(site, smarthost):
    host = smarthost(address="::1")
    site.use(host, relay=f"smtps://[::1]:{host.port}")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].peer[0] == "::1"


def test_all_addresses_of_the_host_are_tried(site, smarthost, root):
    host = smarthost("none", address="127.0.0.3")
    site.use(host, relay=f"smtp://many.test:{host.port}")
    site.submit(ONE)
    hosts = site.directory / "hosts"
    hosts.write_text("".join(f"127.0.0.{last} many.test\n"
                             for last in (1, 2, 3)))
    result = run(["unshare", "--mount", "sh", "-ec",
                  'mount --bind "$1" /etc/hosts; exec "$2" -q -C "$3"', "sh",
                  str(hosts), program("onehop-flush"),
                  str(site.configuration)])
    assert result.status == 0, result.stderr
    assert f"relay=many.test[127.0.0.3]:{host.port}" in result.stderr


def test_an_address_as_relay_needs_a_certificate_for_it(site, smarthost):
    host = smarthost()
    site.use(host, relay=f"smtps://127.0.0.1:{host.port}")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].sni is None


def test_the_source_address(site, smarthost):
    host = smarthost()
    site.use(host, source_address="127.0.0.7",
             relay=f"smtps://127.0.0.1:{host.port}")
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0, log.text()
    assert host.sessions[0].peer[0] == "127.0.0.7"


def test_the_log_is_in_postfix_words(site, smarthost):
    host = smarthost()
    site.use(host)
    site.submit("-f", "me@example.com", ONE, TWO)
    [name] = site.spool.names("new")
    size = len(site.spool.message("new"))
    _, log = site.flush()
    assert len(log.lines(
        rf"{name}: from=<me@example.com>, size={size}, nrcpt=2\b.*"
        r"\(queue active\)")) == 1
    for recipient in (ONE, TWO):
        assert len(log.lines(
            rf"{name}: to=<{recipient}>, relay=localhost\[[0-9a-f.:]+\]:"
            rf"{host.port}, delay=[0-9.]+, delays=[0-9.]+(/[0-9.]+){{3}}, "
            r"dsn=2\.[0-9.]+, status=sent \(250 .*\)$")) == 1
    assert len(log.lines(rf"{name}: removed$")) == 1
    assert PASSWORD not in log.text()
    assert "text" not in log.text()


def test_hostile_text_in_replies_is_made_printable(site, smarthost):
    host = smarthost(script={
        "end": reply("250 2.0.0 \x1b[31mred\x07\t\xff\x01 ok")})
    site.use(host)
    site.submit(ONE)
    _, log = site.flush()
    raw = log.path.read_bytes()
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", raw)
