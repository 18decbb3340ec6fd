"""Addresses that are not ASCII (R24; RFC 6531): SMTPUTF8 or nothing; and
8-bit messages (R32)."""

import pytest

from script import reply

ONE, TWO = "one@example.net", "two@example.net"
LOCAL, DOMAIN = "j\xf6rg@example.net", "info@b\xfccher.example"
SENDER = "p\xe4ul@example.org"
OFFERED = ["PIPELINING", "8BITMIME", "SMTPUTF8", "DSN"]
FORMS = {"data": OFFERED, "alone": ["8BITMIME", "SMTPUTF8"],
         "bdat": [*OFFERED, "CHUNKING"]}


def lines(host):
    """The commands that make up the envelopes."""
    return [command.line.rstrip(b"\r\n").decode() for command in host.commands
            if command.verb in (b"MAIL", b"RCPT")]


@pytest.mark.parametrize("keywords", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("recipient", [LOCAL, DOMAIN,
                                       '"\xf6 \u65e5"@example.net'])
def test_r24_smtputf8_is_asked_for(site, smarthost, keywords, recipient):
    host = smarthost(keywords=keywords)
    site.use(host)
    site.submit("-f", "me@example.org", recipient)
    assert site.flush()[0] == 0
    assert lines(host) == ["MAIL FROM:<me@example.org> SMTPUTF8",
                           f"RCPT TO:<{recipient}>"]
    assert len(host.messages) == 1


def test_r24_for_a_sender_too(site, smarthost):
    host = smarthost(keywords=OFFERED)
    site.use(host)
    site.submit("-f", SENDER, "-R", "full", ONE, LOCAL, TWO,
                input=b"From: me@example.org\n\n\xe4\n")
    assert site.flush()[0] == 0
    assert lines(host) == [
        f"MAIL FROM:<{SENDER}> BODY=8BITMIME SMTPUTF8 RET=FULL",
        f"RCPT TO:<{ONE}>", f"RCPT TO:<{LOCAL}>", f"RCPT TO:<{TWO}>"]


def test_others_do_not_depend_on_it(site, smarthost):
    """They have a transaction without it, and go first."""
    host = smarthost(keywords=OFFERED)
    site.use(host)
    site.submit(LOCAL, ONE, DOMAIN, TWO)
    message = site.spool.message("new")
    assert site.flush()[0] == 0
    assert [(m.recipients, m.parameters) for m in host.messages] == [
        ([ONE, TWO], {}), ([LOCAL, DOMAIN], {"SMTPUTF8": ""})]
    assert [m.data for m in host.messages] == [message] * 2
    assert len(host.sessions) == 1


def test_r24_not_offered_such_a_recipient_fails_alone(site, smarthost):
    host = smarthost(keywords=["PIPELINING", "8BITMIME"])
    site.use(host)
    site.submit("-f", "<>", LOCAL, ONE, DOMAIN, TWO)
    [name] = site.spool.names("new")
    status, log = site.flush()
    assert status == 0
    assert [message.recipients for message in host.messages] == [[ONE, TWO]]
    entry = site.spool.entry("failed")
    assert entry.states == {LOCAL: "F", ONE: "D", DOMAIN: "F", TWO: "D"}
    for recipient in (LOCAL, DOMAIN):
        [line] = log.lines(f"{name}: to=<{recipient}>")
        assert "dsn=5.6.7, status=bounced (the recipient's address is not " \
            "ASCII, but localhost[127.0.0.1]:" in line
        assert line.endswith("does not offer SMTPUTF8)")
        assert entry.reasons[recipient].startswith("5.6.7 the recipient's ")
    # Nothing of it has been said to the smarthost.
    assert all(command.line.isascii() for command in host.commands)


def test_r24_not_offered_and_nobody_else(site, smarthost):
    host = smarthost(keywords=["PIPELINING", "CHUNKING"])
    site.use(host)
    site.submit("-f", "<>", LOCAL)
    site.submit(ONE)
    status, log = site.flush()
    assert status == 0 and len(log.lines("status=bounced")) == 1
    assert [message.recipients for message in host.messages] == [[ONE]]
    assert [c.verb for c in host.commands].count(b"MAIL") == 1
    assert site.spool.entry("failed").states == {LOCAL: "F"}


def test_r24_not_offered_such_a_sender_fails_for_all(site, smarthost):
    host = smarthost(keywords=["PIPELINING", "8BITMIME"])
    site.use(host)
    site.submit("-f", SENDER, ONE, LOCAL)
    status, log = site.flush()
    assert status == 0 and host.messages == [] and lines(host) == []
    # Nor can it be told.
    assert site.spool.entry("failed").states == {SENDER: "F"}
    assert len(log.lines("dsn=5.6.7, status=bounced .the sender's address is "
                         "not ASCII, but .* does not offer SMTPUTF8")) == 2


def test_a_deferral_before_it_keeps_only_who_was_deferred(site, smarthost):
    host = smarthost(keywords=OFFERED, script={
        f"rcpt:{ONE}": [reply("450 4.2.1 busy")],
        f"rcpt:{LOCAL}": [reply("450 4.2.1 busy")]})
    site.use(host)
    site.submit(LOCAL, ONE, DOMAIN, TWO)
    assert site.flush()[0] == 75
    assert [m.recipients for m in host.messages] == [[TWO], [DOMAIN]]
    assert site.spool.entry("cur").states == {
        LOCAL: "-", ONE: "-", DOMAIN: "D", TWO: "D"}
    assert site.flush()[0] == 0
    assert [m.recipients for m in host.messages[2:]] == [[ONE], [LOCAL]]


def test_many_of_both_kinds(site, smarthost):
    host = smarthost(keywords=OFFERED)
    site.use(host)
    plain = [f"user{n}@example.net" for n in range(150)]
    other = [f"\xf6{n}@example.net" for n in range(150)]
    site.submit(*(r for both in zip(other, plain) for r in both))
    assert site.flush()[0] == 0
    assert [len(m.recipients) for m in host.messages] == [100, 50, 100, 50]
    assert sum((m.recipients for m in host.messages), []) == plain + other


@pytest.mark.parametrize("body, flag", [(b"\xe4\xf6\xfc\xff", True),
                                        ("\xe4".encode(), True),
                                        (b"ascii", False)])
def test_r32_an_8_bit_message_says_so(site, smarthost, body, flag):
    host = smarthost(keywords=["8BITMIME", "SMTPUTF8"])
    site.use(host)
    site.submit(ONE, input=b"Subject: x\n\n" + body + b"\n")
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.parameters == ({"BODY": "8BITMIME"} if flag else {})
    assert message.data.endswith(b"\r\n\r\n" + body + b"\r\n")


@pytest.mark.parametrize("keywords", [[], ["CHUNKING"], ["SMTPUTF8"]])
def test_r32_without_8bitmime_it_goes_as_it_is(site, smarthost, keywords):
    host = smarthost(keywords=keywords)
    site.use(host)
    site.submit(ONE, input=b"Subject: \xc3\xa4\n\n\xe4\xf6\xfc\xff\n")
    stored = site.spool.message("new")
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.parameters == {} and message.data == stored
    assert b"\xe4\xf6\xfc\xff" in message.data
