"""What is true of every message that leaves, whoever wrote it."""

import email
import email.policy
import re

import harness

# RFC 5321, section 4.5.3.1.6, without the line end; RFC 5322, section 2.2.
LINE_MAX = 998
FIELD = re.compile(rb"[!-9;-~]+:[^\r\n]*")
ONCE = ("date", "from", "message-id")
AT_MOST_ONCE = ("sender", "reply-to", "to", "cc", "subject", "mime-version",
                "content-type", "content-transfer-encoding")
NEVER = ("bcc", "resent-bcc", "return-path")


def check(message):
    """The octets, before any library has looked at them."""
    data = message.data
    assert data.endswith(b"\r\n")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|\0", data)
    lines = data.split(b"\r\n")
    assert max(len(line) for line in lines) <= LINE_MAX
    check_header(lines[:lines.index(b"")])
    names = [name for name, _ in harness.fields(data)]
    for name in ONCE:
        assert names.count(name) == 1, name
    for name in AT_MOST_ONCE:
        assert names.count(name) <= 1, name
    for name in NEVER:
        assert names.count(name) == 0, name
    check_label(message)


def check_header(lines):
    """Every line is a field or continues one, and is more than blanks."""
    assert lines and FIELD.fullmatch(lines[0])
    for line in lines:
        assert FIELD.fullmatch(line) or line[:1] in b" \t", line
        assert line.strip(), "a header line of blanks"


def check_label(message):
    """8-bit text says so, to the smarthost and to the reader."""
    if harness.body(message.data).isascii():
        return
    assert message.parameters.get("BODY") == "8BITMIME"
    assert harness.field(message.data, "mime-version")
    assert harness.field(message.data, "content-type")


def parse(message):
    """The message as a reader sees it; no part of it may be defective."""
    parsed = email.message_from_bytes(message.data,
                                      policy=email.policy.default)
    for part in parsed.walk():
        assert not part.defects
        for name, value in part.items():
            assert not value.defects, (name, value.defects)
    return parsed


def text(part):
    """The lines of a text part, decoded."""
    return part.get_content().splitlines()
