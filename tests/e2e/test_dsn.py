"""Delivery status notifications (RFC 3461): what -N, -R and -V ask for goes
to a smarthost that offers DSN, and never keeps a message from being sent."""

import re
import zlib

import pytest

from script import reply

ONE, TWO = "one@example.net", "two@example.net"
DSN = ["PIPELINING", "8BITMIME", "DSN"]


def lines(host):
    """The commands that make up the envelopes."""
    return [command.line.rstrip(b"\r\n").decode() for command in host.commands
            if command.verb in (b"MAIL", b"RCPT")]


def test_r51_what_is_asked_reaches_the_smarthost(site, smarthost):
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit("-N", "success,failure,delay", "-R", "hdrs", "-V", "QQ314159",
                "-f", "me@example.com", ONE, TWO)
    assert site.flush()[0] == 0
    assert lines(host) == [
        "MAIL FROM:<me@example.com> RET=HDRS ENVID=QQ314159",
        f"RCPT TO:<{ONE}> NOTIFY=SUCCESS,FAILURE,DELAY",
        f"RCPT TO:<{TWO}> NOTIFY=SUCCESS,FAILURE,DELAY"]


@pytest.mark.parametrize("option, mail, rcpt", [
    ("-Nnever", {}, {"NOTIFY": "NEVER"}),
    ("-NNEVER", {}, {"NOTIFY": "NEVER"}),
    ("-NDelay,fAILURE", {}, {"NOTIFY": "FAILURE,DELAY"}),
    ("-Rfull", {"RET": "FULL"}, {}),
    ("-RHdrs", {"RET": "HDRS"}, {}),
    ("-Vx", {"ENVID": "x"}, {}),
    ("-Va+20b", {"ENVID": "a+20b"}, {}),
    ("-Va b", {"ENVID": "a+20b"}, {}),
    ("-Va+b=c", {"ENVID": "a+2Bb+3Dc"}, {}),
    ("-V" + "x" * 100, {"ENVID": "x" * 100}, {}),
])
def test_r51_each_option_alone(site, smarthost, option, mail, rcpt):
    host = smarthost(keywords=["DSN"])
    site.use(host)
    site.submit(option, ONE)
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.parameters == mail and message.asked == {ONE: rcpt}


@pytest.mark.parametrize("words", [
    ["-N", "never,failure"], ["-N", "all"], ["-N", ""], ["-N", "failure,"],
    ["-N", "failure, delay"], ["-R", "headers"], ["-R", ""], ["-V", ""],
    ["-V", "x" * 101], ["-V", "x" * 50 + "=" * 17], ["-V", "a\nb"],
    ["-V", "j\xf6rg"]], ids=" ".join)
def test_r51_what_is_invalid_is_refused(site, words):
    result = site.sendmail(*words, ONE)
    assert result.status == 64 and result.stdout == ""
    assert result.stderr.startswith(f"sendmail: {words[0]} '")
    assert result.stderr.count("\n") == 1
    assert site.spool.names() == []


@pytest.mark.parametrize("keywords", [[], ["PIPELINING", "CHUNKING"]])
def test_r51_without_dsn_nothing_is_asked_and_all_is_sent(site, smarthost,
                                                          keywords):
    host = smarthost(keywords=keywords)
    site.use(host)
    site.submit("-N", "never", "-R", "full", "-V", "id", ONE, TWO)
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.recipients == [ONE, TWO]
    assert message.parameters == {} and message.asked == {ONE: {}, TWO: {}}


@pytest.mark.parametrize("when", ["never", "success", "delay"])
def test_r51_notify_never_suppresses_delivery(site, smarthost, when):
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit("-N", when, ONE)
    assert site.flush()[0] == 0
    assert [message.recipients for message in host.messages] == [[ONE]]


def test_who_asks_for_nothing_gets_nothing(site, smarthost):
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit(ONE)
    entry = site.spool.entry("new")
    assert b"notify" not in entry.envelope and b"orcpt" not in entry.envelope
    assert site.flush()[0] == 0
    [message] = host.messages
    assert message.parameters == {} and message.asked == {ONE: {}}


def test_recipients_of_the_header_are_asked_for_too(site, smarthost):
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit("-t", "-N", "failure", ONE, input=b"To: " + TWO.encode() +
                b"\nSubject: x\n\nx\n")
    assert site.flush()[0] == 0
    assert host.messages[0].asked == {ONE: {"NOTIFY": "FAILURE"},
                                      TWO: {"NOTIFY": "FAILURE"}}


def test_it_is_asked_again_of_those_who_were_deferred(site, smarthost):
    host = smarthost(keywords=DSN, script={
        f"rcpt:{TWO}": [reply("450 4.2.1 mailbox busy")]})
    site.use(host)
    site.submit("-N", "failure", "-R", "full", "-V", "id", ONE, TWO)
    assert site.flush()[0] == 75
    entry = site.spool.entry("cur")
    assert entry.states == {ONE: "D", TWO: "-"}
    assert entry.asked == {"": "ret=FULL envid=id", ONE: "notify=FAILURE",
                           TWO: "notify=FAILURE"}
    assert site.flush()[0] == 0
    again = host.messages[1]
    assert again.parameters == {"RET": "FULL", "ENVID": "id"}
    assert again.asked == {TWO: {"NOTIFY": "FAILURE"}}


def test_show_prints_it(site):
    site.submit("-N", "failure,delay", "-R", "hdrs", "-V", "a b", ONE)
    site.submit(TWO)
    [asked, plain] = site.spool.names("new")
    output = site.ctl("show", asked).stdout.splitlines()
    sender = output.index("Ret:       HDRS")
    assert output[sender - 1].startswith("Sender: ")
    assert output[sender + 1:sender + 4] == [
        "Envid:     a+20b", f"Recipient: <{ONE}> due",
        "  Notify:  FAILURE,DELAY"]
    output = site.ctl("show", plain).stdout
    for word in ("Ret:", "Envid:", "Notify:", "Orcpt:"):
        assert word not in output


def test_a_changed_field_is_corrupt(site, smarthost):
    """What is asked counts for the checksum, as all but the marks does."""
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit("-N", "failure", ONE)
    path = site.spool.only("new")
    path.write_bytes(path.read_bytes().replace(b"=FAILURE", b"=SUCCESS"))
    site.flush()
    assert site.spool.names("corrupt") and host.messages == []


@pytest.mark.parametrize("orcpt, sent", [
    ("rfc822;Bob+2Bx@example.net", "rfc822;Bob+2Bx@example.net"),
    ("utf-8;j\xf6rg@example.net", r"utf-8;j\x{F6}rg@example.net"),
    # Too long once it is in ASCII: left out.
    ("utf-8;" + "\xf6" * 240, None)], ids=["ascii", "utf-8", "too long"])
def test_orcpt(site, smarthost, orcpt, sent):
    """sendmail has no option for it, so it is written into the file."""
    host = smarthost(keywords=DSN)
    site.use(host)
    site.submit(ONE)
    path = site.spool.only("new")
    rewrite(path, b"<" + ONE.encode() + b">",
            f"<{ONE}> orcpt={orcpt}".encode())
    status, log = site.flush()
    assert status == 0, log.text()
    [message] = host.messages
    assert message.asked == {ONE: {"ORCPT": sent} if sent else {}}


def rewrite(path, old, new):
    """Change an envelope and its checksum, as onehop-spool(5) has it."""
    text = path.read_bytes()
    end = text.index(b"\n\n") + 2
    envelope = text[59:end].replace(old, new)
    assert new in envelope
    covered = re.sub(rb"(?m)^to .{258} <", b"to  <", envelope) + text[end:]
    path.write_bytes(text[:50] + b"%08X\n" % zlib.crc32(covered) + envelope +
                     text[end:])
