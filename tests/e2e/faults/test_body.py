"""Body text is never read as header, whatever its line ends.

What follows the header looks like more of it in every case; it must name
nobody, nothing may be taken out of it, and it has to arrive as it is.
"""

import quopri

import pytest

from client import Client
from harness import body, fields
from letters import canonical

ONE = "one@example.net"
ROW = "bodies that look like a header"

LIKE_A_HEADER = [
    b"To: evil@example.net", b"Cc: evil@example.net",
    b"Bcc: evil@example.net", b"Resent-To: evil@example.net",
    b"Resent-Bcc: evil@example.net", b"Return-Path: <evil@example.net>",
    b"From: evil@example.net", b"From evil@example.net Mon Jan  1 00:00:00",
    b"Sender: root", b"Message-ID:", b"Date : never", b"X-Evil: evil",
    b"\tfolded", b"Content-Type: multipart/mixed; boundary=b", b"--b", b"",
    b"Content-Transfer-Encoding: base64", b"", b"Bcc: evil@example.net"]

ENDS = [b"\n", b"\r\n", b"\r\r\n", b"\r\r\r\n", b"\r\0\n", b"\0\r\n",
        b"\n\n", b"\r\n\n", b"\n\r\n", b"\n\r\r\n", b"\r\n\r\r\n"]

# What stands between header and body, and how much of it is in the body.
BETWEEN = {
    "an empty line": (b"\n", b""),
    "CRLF": (b"\r\n", b""),
    "CR CR LF": (b"\r\r\n", b""),
    "two": (b"\r\n\n", b"\r\n"),
    "NUL in a line": (b"\0\n", b"\r\n"),
    "CR NUL CR LF": (b"\r\0\r\n", b"\r\n"),
    "no field": (b"text\n", b"text\r\n"),
    "no field with CR": (b"te\rxt\n", b"te xt\r\n"),
    "NUL in a name": (b"X\0-Evil: 1\n", b"X-Evil: 1\r\n"),
    "NUL before a name": (b"\0To: evil@example.net\n",
                          b"To: evil@example.net\r\n"),
    "no name": (b": evil@example.net\n", b": evil@example.net\r\n"),
    "a blank in a name": (b"Bcc x: evil@example.net\n",
                          b"Bcc x: evil@example.net\r\n"),
    "an 8-bit name": (b"\xc3\xa4: evil@example.net\n",
                      b"\xc3\xa4: evil@example.net\r\n"),
    "a line of a mailbox": (b"From evil@example.net Mon Jan  1\n",
                            b"From evil@example.net Mon Jan  1\r\n"),
    "a dot": (b".\n", b".\r\n"),
}


def header(end):
    """With as much of that as ends one line, and no NUL in an address."""
    line = end[:end.index(b"\n") + 1].replace(b"\0", b"")
    return line.join([b"To: " + ONE.encode(), b"MIME-Version: 1.0", b""])


def lines(end):
    return b"".join(line + end for line in LIKE_A_HEADER)


def arrived(end):
    """The same in canonical form."""
    clean = end.replace(b"\0", b"").replace(b"\r", b"")
    return lines(clean).replace(b"\n", b"\r\n")


def check(entry, expected, tally):
    assert entry.recipients == [ONE]
    assert sorted(name for name, _ in fields(entry.message)) == [
        "date", "from", "message-id", "mime-version", "received", "to"]
    assert body(entry.message) == expected
    tally(ROW, True)


@pytest.mark.parametrize("end", ENDS)
def test_on_stdin(site, tally, end):
    for separator, kept in BETWEEN.values():
        site.submit("-t", "-i", input=header(end) + separator + lines(end))
        check(site.spool.entry("new"), kept + arrived(end), tally)
        site.spool.only("new").unlink()


def data(client, text):
    client.data(text.replace(b"\r\n.", b"\r\n..") + b".\r\n")


def chunk(client, text):
    client.send(b"BDAT %d LAST\r\n" % len(text) + text)
    client.expect(250)


def octets(client, text):
    client.send(b"".join(b"BDAT 1\r\n%c" % octet for octet in text) +
                b"BDAT 0 LAST\r\n")
    client.expect(*[250] * (len(text) + 1))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("send", [data, chunk, octets])
def test_in_a_session(site, tally, end, send):
    with Client(site) as client:
        client.expect(220)
        for separator, kept in BETWEEN.values():
            client.envelope(recipients=[ONE.encode()])
            send(client, header(end) + separator + lines(end) + b"end\r\n")
            check(site.spool.entry("new"), kept + arrived(end) + b"end\r\n",
                  tally)
            site.spool.only("new").unlink()
        client.quit()


@pytest.mark.parametrize("text", [
    # A CR is no line end, so that it cannot end the header either: what
    # follows it goes on with its field.
    b"X: y\r\n\rTo: evil@example.net\r\n\r\ntext\r\n",
    b"X: y\rTo: evil@example.net\n\ntext\n",
    b"X: y\r\rTo: evil@example.net\r\rBcc: evil@example.net\n\ntext\n",
    b"X: y\n\rTo: evil@example.net\n\r\n\rBcc: evil@example.net\n\r",
    # A blank at the beginning begins the body.
    b" X: y\nTo: evil@example.net\n",
    b"\tTo: evil@example.net\n",
    b"\rTo: evil@example.net\n",
    # One line of a mailbox is none of the message.
    b"From x\nFrom y\nTo: evil@example.net\n",
    b"From x\n\nTo: evil@example.net\n",
    # Nothing but a body.
    b"\nTo: evil@example.net\n", b"\r\nTo: evil@example.net\r\n",
    b"\r\r\nTo: evil@example.net", b"x\nTo: evil@example.net\n",
    b"To:\n\nBcc: evil@example.net\n",
])
def test_nobody_is_named(site, tally, text):
    result = site.sendmail("-t", input=text)
    assert (result.status, site.spool.names()) == (64, []), result
    site.submit("-i", ONE, input=text)
    entry = site.spool.entry("new")
    assert entry.recipients == [ONE]
    assert body(entry.message) == canonical(text)[1]
    tally(ROW, True)


def test_a_text_with_cr_for_line_ends(site):
    """It is one line, and its first field has no address."""
    text = b"To: one@example.net\rSubject: x\r\rTo: evil@example.net\r"
    result = site.sendmail("-t", input=text)
    assert (result.status, site.spool.names()) == (65, [])


@pytest.mark.parametrize("separator", BETWEEN)
def test_recoding_reads_no_header_in_the_body(site, tally, separator):
    """What decides how a line that is too long is kept stands in the header;
    the body says that it is something else."""
    between, kept = BETWEEN[separator]
    text = lines(b"\n") + b"x" * 2000 + b"\n"
    site.submit("-t", "-i", input=header(b"\n") + between + text)
    message = site.spool.message("new")
    assert ("content-transfer-encoding", "quoted-printable") in \
        fields(message)
    assert quopri.decodestring(body(message)) == \
        kept + text.replace(b"\n", b"\r\n")
    tally(ROW, True)
