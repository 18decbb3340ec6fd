"""sendmail -bs: the dialogue (SENDMAIL.md R58 to R64)."""

import os
import re
import resource
import signal
import smtplib
import subprocess

import pytest

import harness
from client import (KINDS, LOCAL, Client, converse, own_address,
                    tcp_pair)
from harness import body, environment, field, peak_rss, program

TEXT = b"Subject: test\r\n\r\ntext\r\n.\r\n"
ENVELOPE = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n"
MESSAGE = ENVELOPE + b"DATA\r\n" + TEXT


@pytest.fixture(params=KINDS)
def client(site, request):
    with Client(site, request.param) as client:
        yield client


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_R58_R60_R63(site, kind):
    with Client(site, kind) as client:
        greeting = client.expect(220)
        assert "ESMTP onehop" in greeting.text
        offered = client.say(b"EHLO client.example.com", 250).lines
        assert set(offered[1:]) - {"REQUIRETLS"} == {
            "PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "DSN",
            "CHUNKING", "ENHANCEDSTATUSCODES", "HELP"}
        assert ("REQUIRETLS" in offered) == (kind in LOCAL)
        assert client.say(b"MAIL FROM:<a@example.com>", 250).text.startswith(
            "2.1.0 ")
        assert client.say(b"RCPT TO:<b@example.net>", 250).text.startswith(
            "2.1.5 ")
        client.say(b"DATA", 354)
        assert site.spool.names() == []
        client.send(TEXT)
        accepted = client.expect(250).text
        # It is there when the reply is.
        assert site.spool.names() == [accepted.split()[-1]]
        assert accepted.startswith("2.0.0 Ok: queued as ")
        client.quit()
    entry = site.spool.entry("new")
    assert entry.sender == "a@example.com"
    assert entry.recipients == ["b@example.net"]
    assert body(entry.message) == b"text\r\n"
    assert field(entry.message, "subject") == ["test"]
    for name in ("date", "message-id", "from"):
        assert len(field(entry.message, name)) == 1
    received, = field(entry.message, "received")
    assert f"from userid {os.getuid()}" in received


@pytest.mark.parametrize("hello", [
    b"HELO x", b"HELO", b"EHLO", b"EHLO [127.0.0.1]", b"helo localhost",
    b"EHLO \xc3\xa4", b"EHLO a b c"])
def test_any_hello_R58(site, hello):
    with Client(site) as client:
        client.expect(220)
        client.say(hello, 250)
        client.envelope()
        client.data(TEXT)
        client.quit()


def test_helo_is_one_line(site):
    with Client(site) as client:
        client.expect(220)
        assert len(client.say(b"HELO x", 250).lines) == 1


def test_no_hello_at_all(site):
    assert converse(site, MESSAGE + b"QUIT\r\n") == (
        [220, 250, 250, 354, 250, 221], 0)


@pytest.mark.parametrize("command, code, status", [
    (b"NOOP", 250, "2.0.0"), (b"NOOP x y", 250, "2.0.0"),
    (b"RSET", 250, "2.0.0"), (b"VRFY root", 252, "2."),
    (b"HELP", 214, "2.0.0"), (b"HELP MAIL", 214, "2.0.0"),
    (b"VERB", 502, "5.5.1"),
    (b"ONEX", 502, "5.5.1"), (b"EXPN list", 502, "5.5.1"),
    (b"AUTH PLAIN AGEAYg==", 502, "5.5.1"), (b"STARTTLS", 502, "5.5.1"),
    (b"FOO", 500, "5.5.2"), (b"", 500, "5.5.2"), (b"\0", 500, "5.5.2"),
    (b"\xff\xfe", 500, "5.5.2"), (b"MAIL", 501, "5.5.4"),
    (b"MAIL FROM:<a@b", 501, "5.1.7"), (b"MAIL FROM:a b@c", 501, "5.5.4"),
    (b"MAIL FROM:<a@b> FOO=bar", 555, "5.5.4"),
    (b"MAIL FROM:<a@b> REQUIRETLS=yes", 501, "5.5.4"),
    (b"MAIL FROM:<a@b> SIZE=x", 501, "5.5.4"),
    (b"MAIL FROM:<a@b> BODY=BINARYMIME", 501, "5.5.4"),
    (b"MAIL FROM:<a@b> SIZE=999999999999", 552, "5.3.4"),
    ("MAIL FROM:<ä@b.example>".encode(), 553, "5.6.7"),
    (b"RCPT TO:<a@b.example>", 503, "5.5.1"), (b"DATA", 503, "5.5.1"),
    (b"DATA x", 501, "5.5.4"), (b"BDAT 0 LAST", 503, "5.5.1"),
    (b"BDAT x", 501, "5.5.4"), (b"QUIT x", 501, "5.5.4"),
    (b"NOOP " + b"x" * 2043, 250, "2.0.0"),
    (b"NOOP " + b"x" * 2044, 500, "5.5.2"), (b"X" * 5000, 500, "5.5.2"),
    (b"NOOP " + b"x" * 200000, 500, "5.5.2")],
    ids=lambda value: repr(value)[:40])
def test_a_reply_and_on_it_goes(client, command, code, status):
    client.expect(220)
    assert client.say(command, code).lines[0].startswith(status)
    client.envelope()
    client.data(TEXT)
    client.quit()


@pytest.mark.parametrize("command, code, status", [
    (b"MAIL FROM:<c@d.example>", 503, "5.5.1"),
    (b"RCPT TO:<>", 501, "5.1.3"), (b"RCPT TO:<a@>", 501, "5.1.3"),
    (b"RCPT TO:<a@b>,<c@d>", 501, "5.1.3"), (b"RCPT TO:<\0@b>", 501, "5.1.3"),
    (b"RCPT TO:<|cmd>", 553, "5.1.3"), (b'RCPT TO:<"|cmd">', 553, "5.1.3"),
    (b"RCPT TO:</etc/passwd>", 553, "5.1.3"),
    (b'RCPT TO:<":include:/x">', 553, "5.1.3"), (b"RCPT TO:<->", 553, "5.1.3"),
    (b"RCPT TO:<x@b.example> NOTIFY=SOON", 501, "5.5.4"),
    (b"RCPT TO:<x@b.example> SIZE=1", 555, "5.5.4"),
    ("RCPT TO:<ä@b.example>".encode(), 553, "5.6.7"),
    (b"NOOP", 250, "2.0.0"), (b"VRFY x", 252, "2.")])
def test_what_leaves_the_transaction_as_it_is_R18_R62(site, command, code,
                                                      status):
    with Client(site) as client:
        client.begin()
        assert client.say(command, code).text.startswith(status)
        client.say(b"RCPT TO:<c@example.net>", 250)
        client.data(TEXT)
        client.quit()
    entry = site.spool.entry("new")
    assert entry.sender == "a@example.com"
    assert entry.recipients == ["b@example.net", "c@example.net"]


@pytest.mark.parametrize("command", [b"RSET", b"EHLO x", b"HELO x"])
def test_what_drops_the_transaction(site, command):
    with Client(site) as client:
        client.begin()
        client.say(command, 250)
        client.say(b"RCPT TO:<c@example.net>", 503)
        client.say(b"DATA", 503)
        client.envelope(b"", [b"d@example.net"])
        client.data(TEXT)
        client.quit()
    entry = site.spool.entry("new")
    assert (entry.sender, entry.recipients) == ("", ["d@example.net"])


@pytest.mark.parametrize("path, address", [
    (b"<root>", "root@example.org"),
    (b"<Postmaster>", "Postmaster@example.org"),
    (b" <c@example.net>", "c@example.net"),
    (b"c@example.net", "c@example.net"),
    (b" c@example.net ", "c@example.net"), (b"root", "root@example.org"),
    (b"<root@localhost>", "root@example.org"),
    (b"<@x.example,@y.example:c@example.net>", "c@example.net"),
    (b'<"a b"@example.net>', '"a b"@example.net'),
    (b'<"a>b"@example.net>', '"a>b"@example.net'),
    (b"<c@[192.0.2.1]>", "c@[192.0.2.1]")])
def test_addresses_are_taken_tolerantly_R62(site, path, address):
    with Client(site) as client:
        client.expect(220)
        client.say(b"MAIL FROM:" + path, 250)
        client.say(b"RCPT TO:" + path, 250)
        client.data(TEXT)
    entry = site.spool.entry("new")
    assert (entry.sender, entry.recipients) == (address, [address])


def test_smtputf8_R24(site):
    address = "ä@b.example"
    with Client(site) as client:
        client.expect(220)
        client.say(f"MAIL FROM:<{address}> SMTPUTF8".encode(), 250)
        client.say(f"RCPT TO:<{address}>".encode(), 250)
        client.data(TEXT)
        # It was for that message only.
        client.say(b"MAIL FROM:<a@b.example>", 250)
        client.say(f"RCPT TO:<{address}>".encode(), 553)
    entry = site.spool.entry("new")
    assert (entry.sender, entry.recipients) == (address, [address])


def test_no_recipients(client):
    client.expect(220)
    client.say(b"MAIL FROM:<a@example.com>", 250)
    assert client.say(b"DATA", 503).text.startswith("5.5.1")
    client.say(b"RCPT TO:<|x>", 553)
    assert client.say(b"DATA", 554).text.startswith("5.5.1")
    client.say(b"BDAT 0 LAST", 554)
    client.say(b"RCPT TO:<b@example.net>", 250)
    client.data(TEXT)


def test_recipients_are_unique_R21(site):
    with Client(site) as client:
        client.begin(recipients=[b"b@example.net", b"b@EXAMPLE.net"])
        client.data(TEXT)
    assert site.spool.entry("new").recipients == ["b@example.net"]


def test_several_messages_R59(site, client):
    client.expect(220)
    client.say(b"EHLO x", 250)
    for number in range(5):
        client.envelope(b"a%d@example.com" % number)
        client.data(b"Subject: %d\r\n\r\n.\r\n" % number)
        if number % 2:
            client.say(b"RSET", 250)
        assert len(site.spool.names("new")) == number + 1
    # A dry run, as nmh does it.
    client.envelope()
    client.say(b"RSET", 250)
    client.quit()
    entries = [harness.Entry.read(path) for path in site.spool.files("new")]
    assert [entry.sender for entry in entries] == [
        f"a{number}@example.com" for number in range(5)]
    assert [field(entry.message, "subject") for entry in entries] == [
        [str(number)] for number in range(5)]


@pytest.mark.parametrize("kind", KINDS)
def test_all_sent_ahead_R61(site, kind):
    text = (b"EHLO x\r\n" + MESSAGE + b"RSET\r\nNOOP\r\nFOO\r\n" + ENVELOPE +
            b"RCPT TO:<|x>\r\nBDAT 9\r\nSubject: BDAT 7 LAST\r\nx\r\n\r\ny\r\n"
            b"VRFY x\r\n" + MESSAGE + b"QUIT\r\nMAIL FROM:<late@b>\r\n")
    codes, status = converse(site, text, kind)
    assert codes == [220, 250, 250, 250, 354, 250, 250, 250, 500, 250, 250,
                     553, 250, 250, 500, 252, 250, 250, 354, 250, 221]
    assert status == 0
    assert len(site.spool.names("new")) == 3


def test_byte_by_byte(site, client):
    client.expect(220)
    for octet in b"EHLO x\r\n" + MESSAGE + b"QUIT\r\n":
        client.send(bytes([octet]))
    client.expect(250, 250, 250, 354, 250, 221)
    assert body(site.spool.message("new")) == b"text\r\n"


def test_one_write_answers_what_was_sent_ahead(site, client):
    """Replies wait until there is nothing left to read (RFC 2920)."""
    client.expect(220)
    client.send(b"NOOP\r\n" * 50)
    client.expect(*[250] * 50)


def test_input_from_a_file_R33(site):
    script = site.directory / "script"
    script.write_bytes(b"passed over\r\nEHLO x\r\n" + MESSAGE + b"QUIT\r\n")
    with open(script, "rb") as file:
        os.lseek(file.fileno(), len(b"passed over\r\n"), os.SEEK_SET)
        result = site.sendmail("-bs", input=file)
    assert result.status == 0 and result.stderr.count("warning") == 0
    assert [line[:3] for line in result.stdout.splitlines()
            if line[3] == " "] == ["220", "250", "250", "250", "354", "250",
                                   "221"]


def test_a_terminal(site):
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [program("sendmail"), "-C", str(site.configuration), "-bs"],
        stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment())
    os.close(theirs)
    seen = b""

    def wait_for(text):
        nonlocal seen
        while text not in seen:
            seen += os.read(ours, 4096)
        seen = seen.partition(text)[2]

    wait_for(b"220 ")
    for line, text in [
            (b"EHLO x", b"250 HELP"), (b"MAIL FROM:<a@b>", b"2.1.0"),
            (b"RCPT TO:<root>", b"2.1.5"), (b"DATA", b"354"),
            (b"Subject: x\n\ny\n.", b"queued as"), (b"QUIT", b"221")]:
        os.write(ours, line + b"\n")
        wait_for(text)
    assert process.wait(harness.PATIENCE) == 0
    os.close(ours)
    assert body(site.spool.message("new")) == b"y\r\n"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("octets", [
    b"", b"EHLO x\r\n", b"EHLO x\r\nQUI", ENVELOPE, b"MAIL FROM:<a@b",
    ENVELOPE + b"DATA\r\n", ENVELOPE + b"DATA\r\nSubject: x\r\n\r\ntext\r\n",
    ENVELOPE + b"DATA\r\nSubject: x\r\n\r\ntext\r\n.",
    ENVELOPE + b"DATA\r\nSubject: x\r\n\r\ntext\r\n.\r",
    ENVELOPE + b"DATA\r\n" + b"x: y\r\n\r\n" + b"z" * 500000,
    ENVELOPE + b"BDAT 4\r\nx: y", ENVELOPE + b"BDAT 4 LAST\r\nx: ",
    ENVELOPE + b"BDAT 900000\r\nx: y\r\n\r\n" + b"z" * 500000,
    ENVELOPE + b"BDAT 4\r\nx: yBDAT 0 LAST"], ids=range(14))
def test_end_of_input_R48_R64(site, kind, octets):
    _, status = converse(site, octets, kind)
    assert status == 0
    assert site.spool.names() == []


def test_end_of_input_after_a_message_R64(site):
    assert converse(site, MESSAGE + ENVELOPE + b"DATA\r\nlost") == (
        [220, 250, 250, 354, 250, 250, 250, 354], 0)
    assert body(site.spool.message("new")) == b"text\r\n"


@pytest.mark.parametrize("octets", [
    b"NOOP\r\n", ENVELOPE, ENVELOPE + b"DATA\r\nx: y\r\n\r\n" + b"z" * 300000,
    ENVELOPE + b"BDAT 10\r\n0123456789"],
    ids=["idle", "envelope", "DATA", "BDAT"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT,
                                    signal.SIGHUP])
@pytest.mark.parametrize("kind", KINDS)
def test_a_signal_ends_the_session_R47(site, octets, number, kind):
    with Client(site, kind) as client:
        client.expect(220)
        client.send(octets)
        while client.reply().code != 354 and not client.is_silent():
            pass
        client.process.send_signal(number)
        reply = client.reply()
        # TCP may take it back when there was more that nobody has read.
        assert reply or kind == "tcp"
        assert not reply or reply.code == 421
        assert client.reply() is None
        assert client.wait() == (0 if kind == "tcp" else 75)
    assert site.spool.names() == []


@pytest.mark.parametrize("octets", [
    ENVELOPE + b"DATA\r\nx: y\r\n\r\n" + b"z" * 300000,
    ENVELOPE + b"BDAT 1000000\r\nx: y\r\n\r\n" + b"z" * 300000],
    ids=["DATA", "BDAT"])
def test_a_client_that_is_gone_leaves_nothing(site, octets):
    with Client(site) as client:
        client.send(octets)
        client.hang_up()
        client.wait()
    assert site.spool.names() == []


def test_a_client_that_does_not_listen(site):
    """What is durable stays; what cannot be answered ends the session."""
    with Client(site) as client:
        client.begin()
        client.say(b"DATA", 354)
        os.close(client.input)
        client.input = None
        client.send(TEXT + MESSAGE)
        assert client.wait() == 74
        assert "sendmail: cannot talk to the client: Broken pipe" in \
            client.log()
    assert len(site.spool.names("new")) == len(site.spool.names()) == 1


def test_quit_needs_no_listener(site):
    with Client(site) as client:
        client.expect(220)
        os.close(client.input)
        client.input = None
        client.send(b"QUIT\r\n")
        assert client.wait() == 0
        assert client.log() == ""


def test_nothing_on_stderr_R42(site):
    result = site.sendmail("-bs", input=b"EHLO x\r\nFOO\r\nRCPT TO:<a@b>\r\n")
    assert (result.status, result.stderr) == (0, "")


@pytest.mark.parametrize("arguments", [
    ["-odb", "-oem", "-om", "-ov"], ["-t", "-i"], ["-f", "x@example.com"],
    ["-f", "not an address"], ["-oi", "-t", "someone@example.com"]])
def test_options_that_do_not_matter_R64(site, arguments):
    codes, status = converse(site, MESSAGE, arguments=arguments)
    assert (codes, status) == ([220, 250, 250, 354, 250], 0)
    entry = site.spool.entry("new")
    assert entry.sender == "a@example.com"
    assert entry.recipients == ["b@example.net"]


def test_the_full_name_of_F(site):
    converse(site, MESSAGE, arguments=["-F", "Full Name"])
    assert field(site.spool.message("new"), "from") == [
        "Full Name <a@example.com>"]


def test_bcc_is_removed_R31(site):
    converse(site, ENVELOPE + b"DATA\r\nBcc: secret@example.net\r\n\r\n.\r\n")
    assert b"secret" not in site.spool.only("new").read_bytes()


def test_the_size_that_is_announced(site):
    site.configure(max_size="10K")
    with Client(site) as client:
        client.expect(220)
        assert "SIZE 10240" in client.say(b"EHLO x", 250).lines
        client.say(b"MAIL FROM:<a@b> SIZE=10240", 250)
        client.say(b"RSET", 250)
        reply = client.say(b"MAIL FROM:<a@b> SIZE=10241", 552)
        assert reply.text.startswith("5.3.4")
        client.say(b"MAIL FROM:<a@b> SIZE=99999999999999999999", 552)


@pytest.mark.parametrize("kind", KINDS)
def test_a_message_that_is_too_large(site, kind):
    site.configure(max_size="10K")
    line = b"x" * 100 + b"\r\n"
    with Client(site, kind) as client:
        client.begin()
        reply = client.data(b"a: b\r\n\r\n" + line * 10000 + b".\r\n", 552)
        assert reply.text.startswith("5.3.4")
        assert site.spool.names() == []
        client.envelope()
        client.send(b"BDAT 1020008\r\na: b\r\n\r\n" + line * 10000 +
                    b"BDAT 5 LAST\r\nx\r\n\r\n")
        client.expect(552, 503)
        client.say(b"NOOP", 250)
        client.envelope()
        client.data(TEXT)
        client.quit()
    assert len(site.spool.names()) == 1


@pytest.fixture
def unwritable(site):
    """A spool in which nobody can make a file: it is one."""
    site.spool.path.write_text("")
    return site


def test_trouble_here_is_temporary_R63(unwritable):
    with Client(unwritable) as client:
        client.begin()
        large = b"a: b\r\n\r\n" + b"x" * 300000 + b"\r\n.\r\n"
        reply = client.data(large, 451)
        assert reply.text.startswith("4.3.0 ")
        assert "spool" in reply.text
        client.envelope()
        client.send(b"BDAT 10\r\n0123456789BDAT 0 LAST\r\nNOOP\r\n")
        # The first chunk is the header as yet, and goes no further.
        client.expect(250, 451, 250)
        client.quit()


def test_a_full_disk_R50(site):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100000, 100000))

    site.submit("warm@example.net")
    with Client(site, preexec_fn=limit) as client:
        client.begin()
        client.data(b"a: b\r\n\r\n" + b"x" * 300000 + b"\r\n.\r\n", 451)
        assert len(site.spool.names()) == 1
        client.envelope()
        client.data(TEXT)
        client.quit()
    assert len(site.spool.names()) == 2


def test_who_may_not_send(site):
    site.configure(submit_users="nobody-else")
    with Client(site) as client:
        client.expect(220)
        reply = client.say(b"MAIL FROM:<a@b>", 550)
        assert reply.text.startswith("5.7.1 ") and "submit-users" in reply.text
        client.say(b"RCPT TO:<b@example.net>", 503)
        client.quit()


def test_dsn_R51(site):
    with Client(site) as client:
        client.expect(220)
        client.say(b"MAIL FROM:<a@example.com> RET=HDRS ENVID=QQ314159", 250)
        client.say(b"RCPT TO:<b@example.net> NOTIFY=SUCCESS,FAILURE "
                   b"ORCPT=rfc822;Dana+40Ivory.EDU", 250)
        client.say(b"RCPT TO:<c@example.net> NOTIFY=NEVER", 250)
        client.data(TEXT)
        client.quit()
    envelope = site.spool.only("new").read_bytes().partition(b"\n\n")[0]
    for words in (b"QQ314159", b"HDRS", b"SUCCESS,FAILURE",
                  b"rfc822;Dana+40Ivory.EDU", b"NEVER"):
        assert words in envelope, envelope


def test_many_recipients_on_a_pipe_R23(site):
    with Client(site) as client:
        client.expect(220)
        client.say(b"MAIL FROM:<>", 250)
        for start in range(0, 3000, 500):
            client.send(b"".join(b"RCPT TO:<r%d@example.net>\r\n" % number
                                 for number in range(start, start + 500)))
            client.expect(*[250] * 500)
        client.data(TEXT)
        client.quit()
    assert len(site.spool.entry("new").recipients) == 3000


def test_smtplib_over_a_socket(site):
    ours, theirs = tcp_pair()
    child = subprocess.Popen(
        [program("sendmail"), "-C", str(site.configuration), "-bs"],
        stdin=theirs, stdout=theirs, stderr=subprocess.DEVNULL,
        env=environment())
    theirs.close()

    class Connected(smtplib.SMTP):
        def _get_socket(self, *_):
            return ours

    with Connected("localhost", 25) as smtp:
        smtp.ehlo()
        assert smtp.has_extn("chunking") and smtp.has_extn("dsn")
        smtp.sendmail("a@example.com", ["b@example.net", "c@example.net"],
                      "Subject: smtplib\n\n.dot\n..two\ntext")
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail("a@example.com", ["|x"], "x")
        smtp.sendmail("ä@example.com", ["ü@example.net"], "x: y\n\nz",
                      mail_options=["SMTPUTF8", "BODY=8BITMIME"])
    assert child.wait(harness.PATIENCE) == 0
    first, second = map(harness.Entry.read, site.spool.files("new"))
    assert body(first.message) == b".dot\r\n..two\r\ntext\r\n"
    assert first.recipients == ["b@example.net", "c@example.net"]
    assert second.sender == "ä@example.com"


def test_it_arrives(site, smarthost):
    host = smarthost()
    site.use(host)
    converse(site, MESSAGE + MESSAGE.replace(b"text", b"..dot"))
    assert site.flush()[0] == 0
    assert sorted(body(message.data) for message in host.messages) == [
        b".dot\r\n", b"text\r\n"]


class TestMemory:
    """It grows neither with a message nor with their number."""
    LIMIT = 16 * 1024   # KiB

    @pytest.fixture(autouse=True)
    def unsanitized(self):
        if harness.sanitized():
            pytest.skip("a sanitizer needs memory of its own")

    @pytest.mark.parametrize("way", ["DATA", "BDAT"])
    def test_fifty_megabytes(self, site, capsys, way):
        site.configure(max_size="60M")
        line = b"..a line of text that is sixty octets long, all in all\r\n"
        block = line * 900000
        with Client(site) as client:
            client.begin()
            if way == "DATA":
                client.say(b"DATA", 354)
                client.send(b"a: b\r\n\r\n" + block + b".\r\n")
            else:
                client.send(b"BDAT %d\r\na: b\r\n\r\n" % (len(block) + 8) +
                            block + b"BDAT 0 LAST\r\n")
                client.expect(250)
            client.expect(250)
            peak = peak_rss(client.pid)
            client.quit()
        stored = body(site.spool.message("new"))
        assert stored == (block.replace(b"\n..", b"\n.")[1:] if way == "DATA"
                          else block)
        with capsys.disabled():
            print(f"\npeak RSS of -bs with 49 MB by {way}: {peak} KiB")
        assert 0 < peak < self.LIMIT

    def test_many_messages(self, site):
        peaks = []
        with Client(site) as client:
            client.expect(220)
            for _ in range(2):
                for _ in range(200):
                    client.send(MESSAGE)
                    client.expect(250, 250, 354, 250)
                peaks.append(peak_rss(client.pid))
            client.quit()
        assert peaks[1] - peaks[0] < 300


def test_two_syncs_for_each_message(site):
    if harness.sanitized():
        pytest.skip("a sanitizer makes calls of its own")
    site.submit("warm@example.net")
    trace = site.directory / "trace"
    result = harness.run(
        ["strace", "-f", "-o", str(trace), program("sendmail"), "-C",
         str(site.configuration), "-bs"], MESSAGE * 3)
    if "ptrace" in result.stderr.lower():
        pytest.skip("this system does not allow tracing")
    assert result.status == 0
    text = trace.read_text()
    assert text.count("fsync(") + text.count("fdatasync(") == 6
    assert "AF_INET" not in text
    assert not re.search(r"\b(clone3?|v?fork)\(", text)


def test_another_machine_is_refused(site):
    """Whoever made a socket listen there, this is no relay for all."""
    if own_address() is None:
        pytest.skip("this machine has no address but those of loopback")
    with Client(site, "lan") as client:
        assert client.expect(554).lines == [
            "5.7.1 only programs on this machine may send here"]
        assert client.reply() is None
        assert client.wait() == 0
