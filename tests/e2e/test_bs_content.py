"""sendmail -bs: where a message ends, by DATA and BDAT (SENDMAIL.md R61)."""

import time

import pytest

from client import KINDS, LOCAL, Client, converse
from harness import Entry, body, field

ENVELOPE = b"MAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.net>\r\n"
HEADER = b"Subject: test\r\n\r\n"
# What a smuggler wants to have taken for commands.
EVIL = (b"MAIL FROM:<evil@example.com>\r\nRCPT TO:<evil@example.net>\r\n"
        b"DATA\r\nevil\r\n.\r\n")


def bodies(site):
    return [body(Entry.read(path).message) for path in site.spool.files("new")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sent, stored", [
    (b"", b""), (b"a\r\n", b"a\r\n"), (b"\r\n\r\n", b"\r\n\r\n"),
    (b"..\r\n", b".\r\n"), (b"...\r\n", b"..\r\n"), (b"..a\r\n", b".a\r\n"),
    (b".a\r\n", b"a\r\n"), (b"a.\r\n.. \r\n", b"a.\r\n. \r\n"),
    (b"a\rb\r\n", b"a b\r\n"), (b"a\r\r\n", b"a\r\n"),
    (b"a\0b\r\n", b"ab\r\n"),
    (b"\xff\xc3\xa4\r\n", b"\xff\xc3\xa4\r\n"),
    (b"From here\r\n", b"From here\r\n")])
def test_dots_and_bytes(site, kind, sent, stored):
    with Client(site, kind) as client:
        client.begin()
        client.data(HEADER + sent + b".\r\n")
        client.quit()
    assert bodies(site) == [stored]


@pytest.mark.parametrize("text", [b".\r\n", b"\r\n.\r\n", b"a: b\r\n.\r\n",
                                  b"no header\r\n.\r\n"])
def test_messages_without_this_or_that(site, text):
    with Client(site) as client:
        client.begin()
        client.data(text)
        client.quit()
    assert len(field(site.spool.message("new"), "date")) == 1


@pytest.mark.parametrize("kind", LOCAL)
def test_lf_throughout_R61(site, kind):
    text = (b"EHLO x\nMAIL FROM:<a@example.com>\n"
            b"RCPT TO:<b@example.net>\nDATA\n"
            b"Subject: x\n\n..dot\n.x\ntext\n.\nMAIL FROM:<a@example.com>\n"
            b"RCPT TO:<b@example.net>\nDATA\nSubject: y\n\ntwo\n.\nQUIT\n")
    assert converse(site, text, kind) == (
        [220, 250, 250, 250, 354, 250, 250, 250, 354, 250, 221], 0)
    assert bodies(site) == [b".dot\r\nx\r\ntext\r\n", b"two\r\n"]


def test_lf_commands_and_a_message_with_crlf(site):
    """A script around a file that came from elsewhere."""
    text = (b"MAIL FROM:<a@example.com>\nRCPT TO:<b@example.net>\nDATA\n"
            b"Subject: x\r\n\r\ntext\r\n.\nNOOP\n")
    assert converse(site, text) == ([220, 250, 250, 354, 250, 250], 0)
    assert bodies(site) == [b"text\r\n"]


@pytest.mark.parametrize("kind", LOCAL)
@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r",
                                 b"\r.\r\n", b"\r\n.\r", b"\r\n.\r\r\n"])
def test_nothing_else_ends_a_message_on_a_pipe_R61(site, kind, end):
    text = ENVELOPE + b"DATA\r\n" + HEADER + b"a" + end + EVIL
    codes, status = converse(site, text + b"NOOP\r\n", kind)
    # One message with the other inside; what follows its end is a command.
    assert (codes, status) == ([220, 250, 250, 354, 250, 250], 0)
    entry = site.spool.entry("new")
    assert entry.sender == "a@example.com"
    assert b"evil@example.net" in body(entry.message)
    assert b"\r\n.\r\nMAIL" not in entry.message or end == b"\n.\n" \
        or end == b"\n.\r\n"


def test_one_crlf_makes_it_a_session_of_crlf_R61(site):
    text = (b"EHLO x\r\nMAIL FROM:<a@example.com>\nRCPT TO:<b@example.net>\n"
            b"DATA\nSubject: x\n\ntext\n.\nmore\r\n.\r\nNOOP\n")
    assert converse(site, text) == ([220, 250, 250, 250, 354, 250, 250], 0)
    assert bodies(site) == [b"text\r\n.\r\nmore\r\n"]


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\nb"])
def test_bare_lf_from_a_network_is_refused(site, end):
    with Client(site, "tcp") as client:
        client.begin()
        reply = client.data(HEADER + b"a" + end + EVIL, 550)
        assert reply.text.startswith("5.5.2 ")
        assert site.spool.names() == []
        client.say(b"NOOP", 250)
        client.envelope()
        client.data(HEADER + b"good\r\n.\r\n")
        client.quit()
    assert bodies(site) == [b"good\r\n"]


@pytest.mark.parametrize("text", [b"a: b\n\nc", b"a: b\r\n\r\nc\n"])
def test_bare_lf_in_chunks_from_a_network_is_refused(site, text):
    with Client(site, "tcp") as client:
        client.begin()
        client.send(b"BDAT 5\r\n" + text[:5] +
                    b"BDAT %d LAST\r\n" % (len(text) - 5) + text[5:])
        client.expect(250)
        assert client.expect(550).text.startswith("5.5.2 ")
        client.say(b"NOOP", 250)
        client.quit()
    assert site.spool.names() == []


@pytest.mark.parametrize("end", [b"\r.\r", b"\r.\r\n", b"\r\n.\r",
                                 b"\r\n.\r\r\n"])
def test_bare_cr_from_a_network_ends_nothing(site, end):
    with Client(site, "tcp") as client:
        client.begin()
        client.data(HEADER + b"a" + end + EVIL)
        client.quit()
    entry = site.spool.entry("new")
    assert entry.sender == "a@example.com"
    assert b"\r\n.\r\n" not in entry.message


def test_commands_with_bare_lf_from_a_network(site):
    with Client(site, "tcp") as client:
        client.expect(220)
        client.send(b"EHLO x\n")
        assert client.expect(500).text.startswith("5.5.2")
        client.envelope()
        # The second line may be somebody else's, and finds nothing.
        client.send(b"RCPT TO:<c@example.net>\nRCPT TO:<evil@example.net>\r\n")
        client.expect(500, 503)
        client.say(b"DATA", 503)
        client.quit()
    assert site.spool.names() == []


def test_bare_lf_between_chunks_from_a_network(site):
    with Client(site, "tcp") as client:
        client.begin()
        client.send(b"BDAT 4\r\na: bNOOP\nBDAT 4 LAST\r\n\r\nx\n")
        client.expect(250, 500, 503)
        client.quit()
    assert site.spool.names() == []


MESSAGE = b"a: b\r\n\r\n.x\r\n.\r\n..\r\ny\rz\0\xff"
STORED = b".x\r\n.\r\n..\r\ny z\xff\r\n"


@pytest.mark.parametrize("kind, message", [
    *((kind, MESSAGE) for kind in KINDS),
    *((kind, MESSAGE.replace(b".\r\n", b".\n")) for kind in LOCAL)])
def test_chunks_cut_at_every_byte(site, kind, message):
    with Client(site, kind) as client:
        client.expect(220)
        for cut in range(len(message) + 1):
            client.envelope()
            client.send(b"BDAT %d\r\n" % cut + message[:cut] +
                        b"BDAT %d LAST\r\n" % (len(message) - cut) +
                        message[cut:])
            client.expect(250, 250)
        client.envelope()
        for octet in message:
            client.send(b"BDAT 1\r\n" + bytes([octet]))
            client.expect(250)
        client.say(b"BDAT 0 LAST", 250)
        client.envelope()
        client.send(b"BDAT %d LAST\r\n" % len(message) + message)
        client.expect(250)
        client.quit()
    assert bodies(site) == [STORED] * (len(message) + 3)


def test_an_empty_message_by_bdat(site):
    with Client(site) as client:
        client.begin()
        client.say(b"BDAT 0 LAST", 250)
        client.quit()
    assert bodies(site) == [b""]


@pytest.mark.parametrize("command, code", [
    (b"DATA", 503), (b"RCPT TO:<c@example.net>", 503),
    (b"MAIL FROM:<c@example.net>", 503), (b"NOOP", 250), (b"VRFY x", 252),
    (b"FOO", 500), (b"HELP", 214), (b"X" * 3000, 500)])
def test_commands_between_chunks(site, command, code):
    with Client(site) as client:
        client.begin()
        client.send(b"BDAT 8\r\na: b\r\n\r\n")
        client.expect(250)
        client.say(command, code)
        client.send(b"BDAT 3 LAST\r\nx\r\n")
        client.expect(250)
        client.quit()
    assert bodies(site) == [b"x\r\n"]
    assert site.spool.entry("new").recipients == ["b@example.net"]


@pytest.mark.parametrize("command, code", [
    (b"RSET", 250), (b"EHLO x", 250), (b"HELO x", 250), (b"BDAT", 501),
    (b"BDAT x LAST", 501), (b"BDAT 99999999999999999999 LAST", 501)])
def test_what_drops_a_message_between_chunks(site, command, code):
    with Client(site) as client:
        client.begin()
        client.send(b"BDAT 70000\r\na: b\r\n\r\n" + b"x" * 69992)
        client.expect(250)
        client.say(command, code)
        assert site.spool.names() == []
        # Its bytes are swallowed, whatever they look like.
        client.send(b"BDAT 6 LAST\r\nNOOP\r\n")
        client.expect(503)
        client.envelope()
        client.data(HEADER + b"next\r\n.\r\n")
        client.quit()
    assert bodies(site) == [b"next\r\n"]


def test_quit_between_chunks(site):
    with Client(site) as client:
        client.begin()
        client.send(b"BDAT 4\r\na: b")
        client.expect(250)
        client.quit()
    assert site.spool.names() == []


def test_chunks_without_an_envelope_are_swallowed(site):
    evil = EVIL[:-5]
    with Client(site) as client:
        client.expect(220)
        client.send(b"BDAT %d LAST\r\n" % len(evil) + evil)
        client.expect(503)
        client.say(b"MAIL FROM:<a@example.com>", 250)
        client.send(b"BDAT %d\r\n" % len(evil) + evil)
        client.expect(503)
        client.say(b"RCPT TO:<|x>", 553)
        client.send(b"BDAT %d\r\n" % len(evil) + evil)
        client.expect(554)
        client.quit()
    assert site.spool.names() == []


class TestNetwork:
    """Limits that hold for a client that is far away."""

    def test_timeouts(self, site):
        site.configure(timeout="1s")
        for octets in (b"", b"NOO", b"MAIL FROM:<a@b>\r\n",
                       ENVELOPE + b"DATA\r\nx: y\r\n",
                       ENVELOPE + b"BDAT 10\r\nx: y\r\n"):
            start = time.monotonic()
            with Client(site, "tcp") as client:
                client.send(octets)
                replies = []
                while (reply := client.reply()) is not None:
                    replies.append(reply)
                assert replies[-1].code == 421
                assert replies[-1].text.startswith("4.4.2")
                assert client.wait() == 0
            assert time.monotonic() - start >= 0.9
        assert site.spool.names() == []

    def test_a_command_that_drips(self, site):
        site.configure(timeout="1s")
        with Client(site, "tcp") as client:
            client.expect(220)
            for _ in range(20):
                try:
                    client.send(b"x")
                except OSError:
                    break
                time.sleep(0.2)
            assert client.expect(421)

    @pytest.mark.parametrize("kind", LOCAL)
    def test_a_pipe_has_all_the_time(self, site, kind):
        site.configure(timeout="1s")
        with Client(site, kind) as client:
            client.begin()
            client.say(b"DATA", 354)
            assert client.is_silent(2)
            client.send(HEADER + b".\r\n")
            client.expect(250)
            assert client.is_silent(2)
            client.quit()

    def test_too_many_errors(self, site):
        with Client(site, "tcp") as client:
            client.begin()
            for _ in range(20):
                client.say(b"FOO", 500)
            assert client.expect(421).text.startswith("4.7.0")
            assert client.reply() is None
            assert client.wait() == 0

    def test_errors_are_forgiven_by_a_message(self, site):
        with Client(site, "tcp") as client:
            client.expect(220)
            for _ in range(3):
                for _ in range(19):
                    client.say(b"FOO", 500)
                client.envelope()
                client.data(HEADER + b".\r\n")
            client.quit()

    def test_too_many_commands_without_mail(self, site):
        with Client(site, "tcp") as client:
            client.expect(220)
            for _ in range(100):
                client.say(b"NOOP", 250)
            client.expect(421)
            assert client.reply() is None

    @pytest.mark.parametrize("kind", LOCAL)
    def test_no_such_limits_on_a_pipe(self, site, kind):
        with Client(site, kind) as client:
            client.expect(220)
            for _ in range(150):
                client.say(b"NOOP", 250)
                client.say(b"FOO", 500)
            client.quit()

    def test_a_request_of_http_ends_the_session(self, site):
        with Client(site, "tcp") as client:
            client.send(b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n" + EVIL)
            client.expect(220, 421)
            assert client.reply() is None
        assert site.spool.names() == []

    def test_recipients(self, site):
        with Client(site, "tcp") as client:
            client.begin()
            client.send(b"".join(b"RCPT TO:<r%d@example.net>\r\n" % number
                                 for number in range(999)))
            client.expect(*[250] * 999)
            reply = client.say(b"RCPT TO:<r1000@example.net>", 452)
            assert reply.text.startswith("4.5.3")
            client.data(HEADER + b".\r\n")
            client.quit()
        assert len(site.spool.entry("new").recipients) == 1000
