"""Whether a file in the spool is a whole message, and which."""

import re
import zlib

from harness import Entry

MARK = 258      # octets that change later: state, blank, reason
ID = re.compile(r"\b[0-9A-F]{13}(\.[0-9a-f]{8})?\b")
DATE = re.compile(r"\w{3}, .?\d .*? [-+]\d{4}")


def crc32(entry):
    """That of the envelope behind its seal, without marks, and the message."""
    lines = entry.envelope.split(b"\n")
    text = b"\n".join(lines[4:])
    text = re.sub(rb"(?m)^to .{%d} <" % MARK, b"to  <", text)
    return zlib.crc32(entry.message, zlib.crc32(text))


def comparable(path, recipients):
    """A complete message, without what differs from run to run."""
    entry = Entry.read(path)
    assert int(entry.seal["size"]) == len(entry.message)
    assert int(entry.seal["crc32"], 16) == crc32(entry)
    assert entry.recipients == recipients
    text = ID.sub("ID", entry.message.decode("latin-1"))
    return entry.sender, entry.seal["body"], DATE.sub("DATE", text)
