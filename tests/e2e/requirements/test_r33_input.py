"""Requirements 33 to 39: the message on standard input."""

import email
import email.utils
import os
import resource
import signal
import socket
import tty

import pytest

from checks import DOTS, ONE, TEXT, TWO, UNAVAILABLE, Running, \
    assert_refused, lines_of, refuse, sent, taken
from harness import body, field, fields

HEAD = b"Subject: x\n\n"


def text_of(site, octets, *arguments):
    """The body that comes of these octets after a header."""
    return body(taken(site, *(arguments or (ONE,)),
                      input=HEAD + octets).message)


def decoded(message):
    """The body with its transfer encoding undone, as a mail reader does."""
    return email.message_from_bytes(message).get_payload(decode=True)


# 33: input may be a pipe, a file, a socket, a terminal, and come slowly.

def test_r33_a_pipe_that_is_written_byte_by_byte(site):
    with Running(site, "-i", ONE) as sendmail:
        for octet in b"To: x@example.net\r\n\r\nbo\r\ndy\n.\n":
            sendmail.write(bytes([octet]))
        assert sendmail.end() == (0, b"", b"")
    message = site.spool.message("new")
    assert field(message, "to") == ["x@example.net"]
    assert body(message) == b"bo\r\ndy\r\n.\r\n"


def test_r33_a_file_from_where_it_stands(site, tmp_path):
    path = tmp_path / "input"
    path.write_bytes(b"skipped\n" + HEAD + b"text\n")
    with open(path, "rb") as source:
        os.lseek(source.fileno(), 8, os.SEEK_SET)
        entry = taken(site, ONE, input=source)
    assert body(entry.message) == b"text\r\n"
    assert field(entry.message, "subject") == ["x"]


def test_r33_a_socket(site):
    near, far = socket.socketpair()
    near.sendall(TEXT)
    near.shutdown(socket.SHUT_WR)
    assert body(taken(site, ONE, input=far).message) == b"text\r\n"


@pytest.fixture
def terminal():
    """The two ends of a terminal that sets no echo and no signals."""
    near, far = os.openpty()
    attributes = tty.tcgetattr(far)
    attributes[3] &= ~tty.ECHO
    tty.tcsetattr(far, tty.TCSANOW, attributes)
    yield near, far
    os.close(near)
    os.close(far)


def test_r33_a_terminal_to_the_end_of_file(site, terminal):
    near, far = terminal
    with Running(site, "-i", ONE, stdin=far) as sendmail:
        os.write(near, b"Subject: x\n\ntext\n.\nmore\n\x04")
        assert sendmail.end() == (0, b"", b"")
    assert body(site.spool.message("new")) == b"text\r\n.\r\nmore\r\n"


def test_r33_being_stopped_and_continued(site):
    with Running(site, ONE) as sendmail:
        sendmail.write(HEAD + b"first\n")
        for number in range(3):
            sendmail.process.send_signal(signal.SIGSTOP)
            sendmail.process.send_signal(signal.SIGCONT)
        sendmail.write(b"last\n")
        assert sendmail.end() == (0, b"", b"")
    assert body(site.spool.message("new")) == b"first\r\nlast\r\n"


# 34: without -i a lone dot ends the message, and two dots are one.

ENDS = [b"\n", b"\r\n"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("text, expected", [
    (b"a|.|b|", b"a\r\n"), (b".|b|", b""), (b"a|.", b"a\r\n"),
    (b"..|", b".\r\n"), (b"..a|", b".a\r\n"), (b"...|", b"..\r\n"),
    (b".a|", b".a\r\n"), (b". |b|", b". \r\nb\r\n"),
    (b"a.|.b|", b"a.\r\n.b\r\n"), (b" .|b|", b" .\r\nb\r\n")])
def test_r34_without_i_dots_are_special(site, end, text, expected):
    assert text_of(site, text.replace(b"|", end)) == expected


@pytest.mark.parametrize("end", ENDS)
def test_r34_a_dot_ends_the_header_as_well(site, end):
    text = b"To: one@example.net|.|Cc: two@example.net||text|"
    entry = taken(site, "-t", input=text.replace(b"|", end))
    assert entry.recipients == [ONE]
    assert field(entry.message, "cc") == [] and body(entry.message) == b""


def test_r34_what_follows_is_read_to_the_end(site):
    with Running(site, ONE) as sendmail:
        sendmail.write(HEAD + b"text\n.\n")
        for number in range(16):
            sendmail.write(b"x" * 65536)
        assert sendmail.process.poll() is None
        assert sendmail.end() == (0, b"", b"")
    assert body(site.spool.message("new")) == b"text\r\n"


def test_r34_on_a_terminal_the_dot_is_the_end(site, terminal):
    near, far = terminal
    with Running(site, ONE, stdin=far) as sendmail:
        os.write(near, b"Subject: x\n\ntext\n.\n")
        assert sendmail.process.wait(60) == 0
    assert body(site.spool.message("new")) == b"text\r\n"


# 35: with -i dots are text, and exact on the wire.

@pytest.mark.parametrize("option", [["-i"], ["-oi"], ["-O", "IgnoreDots"],
                                    ["-O", "IgnoreDots=true"],
                                    ["-OIgnoreDots=True"],
                                    ["-O", "ignoredots=TRUE"]])
def test_r35_with_i_dots_are_text(site, option):
    text = b"a\n.\n..\n...\n.b\n.\r\n.."
    assert text_of(site, text, *option, ONE) == \
        b"a\r\n.\r\n..\r\n...\r\n.b\r\n.\r\n..\r\n"


@pytest.mark.parametrize("option", [["-O", "IgnoreDots=false"],
                                    ["-O", "IgnoreDotsNot=true"], ["-oI"]])
def test_r35_and_not_with_anything_else(site, option):
    assert body(taken(site, *option, ONE, input=DOTS).message) == \
        b"before\r\n"


def test_r35_dots_on_the_wire(site, relayed):
    relayed()
    text = b".\n..\n...\n.a\na.\n\n.\n"
    [message] = sent(site, "-i", ONE, input=HEAD + text)
    assert message.method == "DATA"
    assert body(message.data) == text.replace(b"\n", b"\r\n")


# 36: CRLF, LF and mixtures end lines; no CR is left anywhere else.

@pytest.mark.parametrize("text, expected", [
    (b"a\nb\n", b"a\r\nb\r\n"), (b"a\r\nb\r\n", b"a\r\nb\r\n"),
    (b"a\r\nb\nc\r\n", b"a\r\nb\r\nc\r\n"),
    (b"a\r\r\nb\n", b"a\r\nb\r\n"), (b"\r\n\n\r\n", b"\r\n\r\n\r\n"),
    (b"a\r\n\nb\n\r\nc\n", b"a\r\n\r\nb\r\n\r\nc\r\n")])
def test_r36_line_ends(site, text, expected):
    assert text_of(site, text) == expected


@pytest.mark.parametrize("text", [b"a\rb\n", b"\ra\n", b"a\r\rb\n", b"a\r",
                                  b"a\rb\rc\r\n"])
def test_r36_a_bare_CR_is_not_sent_bare(site, text):
    message = taken(site, ONE, input=HEAD + text).message
    joined = b" ".join(lines_of(message))
    for letter in text.replace(b"\r", b"").replace(b"\n", b""):
        assert bytes([letter]) in joined


@pytest.mark.parametrize("head", [
    b"To: one@example.net\nSubject: x\n\r\n",
    b"To: one@example.net\r\nSubject: x\r\n\n",
    b"To: one@example.net\r\nSubject: x\n\r\n",
    b"To: one@example.net\nSubject: x\r\n\n",
    b"To: one@example.net\r\nX-A: folded\n value\r\nSubject: x\r\n\r\n"])
def test_r36_mixed_line_ends_in_the_header(site, head):
    text = b"Bcc: in the body\nb\r\n"
    entry = taken(site, "-t", "-i", input=head + text)
    assert entry.recipients == [ONE]
    assert field(entry.message, "subject") == ["x"]
    assert body(entry.message) == b"Bcc: in the body\r\nb\r\n"
    assert b"\r\r" not in entry.message
    lines_of(entry.message)


def test_r36_as_PHP_mixes_them(site):
    entry = taken(site, "-t", "-i", input=(
        b"To: rcpt@example.org\r\nSubject: mixed\r\nFrom: web@example.org\n"
        b"Cc: cc@example.org\nBcc: bcc@example.org\r\n\r\nline\n.\nend\r\n"))
    assert entry.recipients == ["rcpt@example.org", "cc@example.org",
                                "bcc@example.org"]
    assert field(entry.message, "from") == ["web@example.org"]
    assert body(entry.message) == b"line\r\n.\r\nend\r\n"
    assert b"bcc" not in entry.message.lower()


# 37: the first line of a mailbox is dropped, and only the first.

@pytest.mark.parametrize("first", [
    b"From me@example.com Mon Jan  1 00:00:00 2024\n", b"From me\r\n",
    b">From me@example.com Mon Jan  1 00:00:00 2024\n"])
def test_r37_the_line_of_a_mailbox_is_dropped(site, first):
    entry = taken(site, "-t", input=first + b"To: one@example.net\n"
                  b"Subject: x\n\nFrom here\n>From there\n")
    assert entry.recipients == [ONE]
    assert b"From me" not in entry.message
    assert b"2024" not in entry.message
    assert body(entry.message) == b"From here\r\n>From there\r\n"


# 38: where the header ends and the body begins.

@pytest.mark.parametrize("text, subject, expected", [
    (b"Subject: x\nfirst line\nsecond: line\n", ["x"],
     b"first line\r\nsecond: line\r\n"),
    (b"no header\nat all\n", [], b"no header\r\nat all\r\n"),
    (b"one line without an end", [], b"one line without an end\r\n"),
    (b" a blank first\nSubject: x\n", [], b" a blank first\r\nSubject: x\r\n"),
    (b"\ttab first\n\nSubject: x\n", [], b"\ttab first\r\n\r\nSubject: x\r\n"),
    (b"\nSubject: x\n", [], b"Subject: x\r\n"),
    (b"Subject: x\n\n\nblank before\n", ["x"], b"\r\nblank before\r\n"),
    (b"Subject: x\n: no name\n", ["x"], b": no name\r\n"),
    (b"Subject: x\nna me: x\n", ["x"], b"na me: x\r\n"),
    (b"Subject: x\nhttp://example.org/\n", ["x"], None),
    (b"Subject: x\n", ["x"], b""), (b"Subject: x", ["x"], b""),
])
def test_r38_where_the_body_begins(site, text, subject, expected):
    message = taken(site, ONE, input=text).message
    assert field(message, "subject") == subject
    if expected is not None:
        assert body(message) == expected
    assert len(field(message, "message-id")) == 1


@pytest.mark.parametrize("line", [b"Subject : x", b"Subject \t : x",
                                  b"subject  : x"])
def test_r38_blanks_before_the_colon_are_removed(site, line):
    message = taken(site, ONE, input=line + b"\n\ntext\n").message
    assert field(message, "subject") == ["x"]
    assert b" :" not in message.partition(b"\r\n\r\n")[0]
    assert body(message) == b"text\r\n"


def test_r38_To_with_blanks_before_the_colon(site):
    text = b"To : one@example.net\nBcc\t: two@example.net\n\ntext\n"
    entry = taken(site, "-t", input=text)
    assert entry.recipients == [ONE, TWO]
    assert b"two@" not in entry.message


# 39: no final newline, nothing at all, NUL, long lines, too much.

@pytest.mark.parametrize("text, expected", [
    (b"no end", b"no end\r\n"), (b"a\nno end", b"a\r\nno end\r\n"),
    (b"", b""), (b"\n", b"\r\n")])
def test_r39_the_last_line_gets_its_end(site, text, expected):
    assert text_of(site, text) == expected


def test_r39_empty_input_is_sent(site, relayed):
    relayed()
    [message] = sent(site, ONE, input=b"")
    assert message.recipients == [ONE]
    assert body(message.data) == b""
    assert [name for name, _ in fields(message.data)] == [
        "received", "date", "from", "message-id"]


@pytest.mark.parametrize("text", [b"a\0b\nafter\n", b"\0\nafter\n",
                                  b"a\0\nafter\n", b"\0" * 5000 + b"after\n"],
                         ids=["in a line", "a line", "at its end", "many"])
def test_r39_NUL_cuts_nothing_off(site, text):
    found = text_of(site, text)
    assert found.endswith(b"after\r\n")
    assert found.replace(b"\0", b"") == text.replace(b"\0", b"").replace(
        b"\n", b"\r\n")


LONG = b"x" * 5000
WORDS = b" ".join(b"word%d" % number for number in range(1000))
MIME = b"MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n" \
    b"Content-Transfer-Encoding: %s\n\n"


@pytest.mark.parametrize("head", [
    HEAD, b"Content-Type: text/html\n\n", MIME % b"7bit", MIME % b"8bit"],
    ids=["no MIME", "a type", "7bit", "8bit"])
@pytest.mark.parametrize("line", [LONG, WORDS, b"=" * 2000 + b" ",
                                  "ü".encode() * 2000],
                         ids=["one word", "words", "equal signs", "utf8"])
def test_r39_long_lines_keep_their_content(site, head, line):
    text = b"before\n" + line + b"\n.\nafter =20\n"
    message = taken(site, "-i", ONE, input=head + text).message
    assert max(len(each) for each in lines_of(message)) <= 998
    assert decoded(message).replace(b"\r\n", b"\n") == text
    [encoding] = field(message, "content-transfer-encoding")
    assert encoding.lower() == "quoted-printable"
    assert len(field(message, "mime-version")) == 1


def test_r39_lines_just_within_the_limit_stay(site):
    text = b"x" * 998 + b"\n" + b"y" * 998 + b"\r\nshort\n"
    message = taken(site, ONE, input=HEAD + text).message
    assert body(message) == b"x" * 998 + b"\r\n" + b"y" * 998 + \
        b"\r\nshort\r\n"
    assert field(message, "content-transfer-encoding") == []


def test_r39_long_lines_in_a_part(site):
    text = (b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n"
            b"\npreamble\n--b\nContent-Type: text/html\n\n" + LONG +
            b"\n--b\nContent-Type: text/plain\n\nshort\n--b--\n")
    message = taken(site, "-i", ONE, input=text).message
    assert max(len(each) for each in lines_of(message)) <= 998
    first, second = email.message_from_bytes(message).get_payload()
    assert first.get_payload(decode=True).strip() == LONG
    assert second.get_payload(decode=True).strip() == b"short"


SIGNED = {
    "pgp": b'Content-Type: multipart/signed; micalg=pgp-sha256;\n'
           b' protocol="application/pgp-signature"; boundary=b\n',
    "smime": b'Content-Type: multipart/signed; micalg=sha-256;\n'
             b' protocol="application/pkcs7-signature"; boundary=b\n',
    "dkim": b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x;\n"
            b" h=From; bh=AAAA; b=BBBB\nContent-Type: multipart/mixed;\n"
            b" boundary=b\n"}


@pytest.mark.parametrize("kind", SIGNED)
def test_r39_signed_messages_are_not_refused(site, kind):
    text = (b"MIME-Version: 1.0\n" + SIGNED[kind] + b"\n--b\n"
            b"Content-Type: text/plain\n\n" + LONG + b"\n--b--\n")
    message = taken(site, "-i", ONE, input=text).message
    assert LONG in body(message).replace(b"\r\n", b"").replace(b" ", b"")
    assert b"quoted-printable" not in message.lower()


def test_r39_long_header_fields_are_folded(site):
    message = taken(site, ONE, input=b"Subject: " + WORDS +
                    b"\n\ntext\n").message
    assert max(len(each) for each in lines_of(message)) <= 998
    assert field(message, "subject") == [WORDS.decode()]
    assert body(message) == b"text\r\n"


@pytest.mark.parametrize("comma", [",", ", ", " ,", ",\t"])
@pytest.mark.parametrize("domain", ["@example.net", ""],
                         ids=["whole", "bare"])
def test_r39_a_long_list_keeps_its_addresses(site, comma, domain):
    """As cron writes them, with no blank after a comma."""
    names = [f"user{number}{domain}" for number in range(200)]
    text = f"To: {comma.join(names)}\n\ntext\n".encode()
    message = taken(site, ONE, input=text).message
    assert max(len(each) for each in lines_of(message)) <= 998
    assert [address for _, address in email.utils.getaddresses(
        field(message, "to"))] == [
            name if domain else f"{name}@example.org" for name in names]


@pytest.mark.parametrize("name", ["x" * 3000, "name " * 600, '"' * 1500],
                         ids=["a word", "words", "quotes"])
def test_r39_a_long_name_makes_no_long_line(site, name):
    message = taken(site, "-F", name, ONE, input=TEXT).message
    assert max(len(each) for each in lines_of(message)) <= 998
    assert len(field(message, "from")) == 1
    assert body(message) == b"text\r\n"


def test_r39_long_lines_on_the_wire(site, relayed):
    relayed()
    [message] = sent(site, "-i", ONE, input=HEAD + LONG + b"\n")
    assert max(len(each) for each in lines_of(message.data)) <= 998
    assert decoded(message.data).replace(b"\r\n", b"\n") == LONG + b"\n"


@pytest.mark.parametrize("text", [
    HEAD + b"0123456789\n" * 5000, b"X: x\n" * 10000 + b"\n",
    HEAD + b"x" * 50000], ids=["body", "header", "one line"])
def test_r39_a_message_over_the_limit_is_refused(site, text):
    site.configure(max_size="10K")
    refuse(site, ONE, status=UNAVAILABLE, pattern="(?i)large|size",
           input=text)


def test_r39_it_does_not_fill_the_disk(site):
    """The file stays small, however much comes: a limit proves it."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 18, 1 << 18))

    site.configure(max_size="100K")
    result = site.sendmail(ONE, input=HEAD + b"0123456789\n" * 1000000,
                           preexec_fn=limit)
    assert_refused(site, result, UNAVAILABLE, "(?i)large|size")
