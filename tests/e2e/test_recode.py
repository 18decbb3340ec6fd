"""What strict smarthosts want: labels for 8-bit text, and no long lines."""

import base64
import email
import email.policy
import quopri
import random

import pytest

from harness import body, field

ONE = "one@example.net"
LONG = "0123456789 " * 200
MIME = ("mime-version", "content-type", "content-transfer-encoding")


def taken(site, octets, *options):
    site.submit("-i", *options, ONE, input=octets)
    entry = site.spool.entry("new")
    message = entry.message
    assert int(entry.seal["size"]) == len(message)
    assert (entry.seal["body"] == "8bit") == any(
        octet > 127 for octet in message)
    assert b"\n" not in message.replace(b"\r\n", b"")
    return message


def longest(message):
    return max(len(line) for line in message.split(b"\r\n"))


def leaves(octets):
    """Type, file name and decoded content of each part, in order."""
    message = email.message_from_bytes(octets.replace(b"\r\n", b"\n"),
                                       policy=email.policy.default)
    return [(part.get_content_type(), part.get_filename(),
             part.get_payload(decode=True).rstrip(b"\n"))
            for part in message.walk() if not part.is_multipart()]


def labels(message):
    return [field(message, name) for name in MIME]


def test_utf8_is_labelled(site):
    text = "caf\xe9 \u20ac\n".encode()
    message = taken(site, b"Subject: x\n\n" + text)
    assert labels(message) == [["1.0"], ["text/plain; charset=utf-8"],
                               ["8bit"]]
    assert body(message) == text.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("text, header, settings", [
    (b"plain\n", b"", {}),
    (b"caf\xe9\n", b"", {}),                    # not UTF-8
    (b"caf\xc3\xa9 \xc3\n", b"", {}),
    ("caf\xe9\n".encode(), b"MIME-Version: 1.0\n", {}),
    ("caf\xe9\n".encode(), b"Content-Type: text/html\n", {}),
    ("caf\xe9\n".encode(), b"content-language: fr\n", {}),
    ("caf\xe9\n".encode(), b"DKIM-Signature: v=1\n", {}),
    ("caf\xe9\n".encode(), b"", {"mime_label": "off"}),
    (b"\n", "Subject: caf\xe9\n".encode(), {}),  # the body is what counts
])
def test_nothing_else_is_labelled(site, text, header, settings):
    site.configure(**settings)
    message = taken(site, header + b"To: x@example.net\n\n" + text)
    names = [line.split(b":")[0].lower() for line in header.splitlines()]
    for name, values in zip(MIME, labels(message)):
        assert len(values) == names.count(name.encode())
    assert body(message) == text.replace(b"\n", b"\r\n")


@pytest.mark.parametrize("charset, text", [
    ("us-ascii", LONG), ("utf-8", LONG + "\xe9"),
    ("unknown-8bit", (LONG + "\xe9").encode("latin-1"))])
def test_long_lines_without_mime(site, charset, text):
    if isinstance(text, str):
        text = text.encode()
    text += b"\n.\nFrom here\ntrailing \t\n"
    message = taken(site, b"Subject: x\n\n" + text)
    assert labels(message) == [["1.0"], [f"text/plain; charset={charset}"],
                               ["quoted-printable"]]
    assert longest(message) <= 76 + len("Message-ID: ") + 40
    assert [leaf[2] for leaf in leaves(message)] == [text.rstrip(b"\n")]


def test_mime_label_off_does_not_break_lines(site):
    """A label is a wish, the length of a line is not."""
    site.configure(mime_label="off")
    message = taken(site, b"Subject: x\n\n" + LONG.encode() + b"\n")
    assert longest(message) <= 998
    assert leaves(message)[0][2] == LONG.encode()


@pytest.mark.parametrize("kind", [
    b'multipart/signed; boundary=b; protocol="application/pgp-signature"',
    b"multipart/encrypted; boundary=b",
    b"application/pkcs7-mime; smime-type=signed-data"])
def test_what_is_signed_stays_as_it_is(site, kind):
    text = b"--b\r\n\r\n" + LONG.encode() + b"\r\n--b--\r\n"
    message = taken(site, b"Content-Type: " + kind + b"\n\n" + text)
    assert body(message) == text


def test_a_signed_part_stays_and_others_do_not(site):
    signed = (b'Content-Type: multipart/signed; boundary="s"\r\n\r\n'
              b"--s\r\n\r\n" + LONG.encode() + b"\r\n--s\r\n\r\nsig\r\n"
              b"--s--\r\n")
    octets = (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" +
              signed + b"\r\n--b\r\n\r\n" + LONG.encode() + b"\r\n--b--\r\n")
    message = taken(site, octets)
    assert signed in message
    assert message.count(LONG.encode()) == 1
    assert leaves(message) == leaves(octets)


def test_fields_are_folded(site):
    many = ", ".join(f"user{i}@example.net" for i in range(300))
    message = taken(site, f"To: {many}\nX-Long: {'x' * 3000}\n\nx\n".encode())
    assert longest(message) <= 998
    assert field(message, "to") == [many]
    assert field(message, "x-long")[0].replace(" ", "") == "x" * 3000


def test_large_message(site):
    """More than is kept in memory, with what counts at its end."""
    text = b"0123456789abcde\n" * 100000 + LONG.encode() + "\xe9\n".encode()
    message = taken(site, b"Subject: x\n\n" + text)
    assert leaves(message)[0][2] == text.rstrip(b"\n")
    assert labels(message)[2] == ["quoted-printable"]


def random_text(rng):
    words = ["x", "=", "=3D", "caf\xe9", "\u20ac", ".", "--b", "From ", "a b",
             "long" * 300, "\t", " "]
    return "".join(rng.choice(words) + rng.choice(["", " ", "\n", ""])
                   for _ in range(rng.randrange(1, 40))).replace("\r", "")


def random_leaf(rng):
    octets = random_text(rng).encode(rng.choice(["utf-8", "utf-16"]) if
                                     rng.random() < .1 else "utf-8")
    octets = octets.replace(b"\0", b"").replace(b"\r", b"")
    encoding = rng.choice(["", "7bit", "8bit", "binary", "base64", "qp"])
    header = rng.choice([
        b"", b"Content-Type: text/plain; charset=utf-8\n",
        b'Content-Type: text/html;\n charset="utf-8"\n',
        b'Content-Type: application/octet-stream; name="a b.bin"\n'])
    if encoding == "base64":
        coded = base64.b64encode(octets)
        octets = coded if rng.random() < .5 else base64.encodebytes(octets)
    elif encoding == "qp":
        octets = quopri.encodestring(octets, quotetabs=True)
        if rng.random() < .7:
            octets = octets.replace(b"=\n", b"")
        encoding = "quoted-printable"
    if encoding:
        header += f"Content-Transfer-Encoding: {encoding}\n".encode()
    return header + b"\n" + octets.rstrip(b"\n") + b"\n"


def random_entity(rng, depth=0):
    kind = rng.random()
    if depth > 3 or kind < .4:
        return random_leaf(rng)
    if kind < .55:
        return (b"Content-Type: message/rfc822\n\nSubject: inner\n"
                b"MIME-Version: 1.0\n" + random_entity(rng, depth + 1))
    boundary = f"=_{depth}_{rng.randrange(10**9)}".encode()
    parts = [random_entity(rng, depth + 1)
             for _ in range(rng.randrange(1, 4))]
    return (b'Content-Type: multipart/mixed; boundary="' + boundary +
            b'"\n\n' + rng.choice([b"", b"preamble\n"]) +
            b"".join(b"--" + boundary + b"\n" + part for part in parts) +
            b"--" + boundary + b"--\n" + rng.choice([b"", b"epilogue\n"]))


@pytest.mark.parametrize("seed", range(40))
def test_what_a_reader_decodes_stays_the_same(site, seed):
    rng = random.Random(seed)
    octets = b"Subject: x\nMIME-Version: 1.0\n" + random_entity(rng)
    message = taken(site, octets)
    assert longest(message) <= 998
    assert leaves(message) == leaves(octets)
