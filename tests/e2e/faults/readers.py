"""What servers make of the octets that a client of SMTP has sent.

One of them reads to the letter of RFC 5321 and 3030 and raises Malformed at
anything else.  The others are as kind as servers have been: they take other
octets for the end of a line or of a message, and whoever can make them see
what the strict one does not see has smuggled mail (CVE-2023-51764 and its
relatives).  None shares code with the smarthost, and each reads what was
recorded after all is over; every command counts as accepted.
"""

import dataclasses
import itertools
import re

from channel import Channel


class Tape(Channel):
    """A channel that keeps what the client has sent."""

    def __init__(self, sock):
        super().__init__(sock)
        self.tape = bytearray()

    def take_in(self, octets):
        self.tape += octets
        super().take_in(octets)


class Malformed(Exception):
    """What a strict server would not take."""


@dataclasses.dataclass
class Seen:
    """A message with its envelope, as a server has understood it."""
    sender: bytes
    recipients: list = dataclasses.field(default_factory=list)
    text: bytes = None      # None: it has not ended

    @property
    def envelope(self):
        return self.sender, tuple(self.recipients)


LOCAL = rb'(?:[^\0-\x20"<>@\x7f]+|"(?:[^\0-\x1f"\\\x7f]|\\[ -~])*")'
PATH = rb"<(|" + LOCAL + rb"@[A-Za-z0-9._\x80-\xff-]+)>"
PARAMETER = rb"(?: [A-Z0-9]+(?:=[!-<>-~]+)?)*"

# The commands that a client of this kind has, and what may come before each:
# "" is the beginning, and ";" the end of a message.
COMMANDS = {
    b"EHLO": (rb"EHLO [A-Za-z0-9.:\[\]-]+", [b""]),
    b"MAIL": (rb"MAIL FROM:" + PATH + PARAMETER,
              [b"EHLO", b";", b"RSET"]),
    b"RCPT": (rb"RCPT TO:" + PATH + PARAMETER, [b"MAIL", b"RCPT"]),
    b"DATA": (rb"DATA", [b"RCPT"]),
    b"BDAT": (rb"BDAT (0|[1-9][0-9]*)( LAST)?", [b"RCPT", b"BDAT"]),
    b"RSET": (rb"RSET", [b"EHLO", b";", b"MAIL", b"RCPT"]),
    b"QUIT": (rb"QUIT", [b"EHLO", b";", b"RSET"]),
}


BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)|\0")
SINGLE = re.compile(rb"(?:\A|\r\n)[.](?![.])")


def check_lines(octets):
    """Lines that end in CRLF, and neither CR, LF nor NUL elsewhere."""
    if (found := BARE.search(octets)) or octets[-2:] not in (b"", b"\r\n"):
        at = found.start() if found else len(octets)
        raise Malformed(f"no line: {octets[max(0, at - 40):at + 40]!r}")
    return octets


def strict_line(octets, at):
    """(the line, where the next one begins)."""
    end = octets.find(b"\n", at) + 1
    line = check_lines(octets[at:end or len(octets)])
    return line[:-2], end


def strict_text(octets, at):
    """(the message after DATA, where the next command begins)."""
    # The line end of DATA is the one before the first line.
    end = octets.find(b"\r\n.\r\n", at - 2) + 2
    text = check_lines(octets[at:end])
    if end < at or SINGLE.search(text):
        raise Malformed("no end of data, or a dot that was not doubled")
    return (b"\r\n" + text).replace(b"\r\n.", b"\r\n")[2:], end + 3


def strict(octets):
    """(verbs in order, messages), or Malformed."""
    octets = bytes(octets)
    at, last = 0, b""
    verbs, messages, chunks = [], [], []
    while at < len(octets):
        line, at = strict_line(octets, at)
        verb = line[:4]
        form, after = COMMANDS.get(verb, (rb"(?!)", []))
        match = re.fullmatch(form, line)
        if not match or last not in after:
            raise Malformed(f"{line[:80]!r} after {last!r}")
        verbs.append(verb)
        last = verb
        if verb == b"MAIL":
            messages.append(Seen(match[1]))
        elif verb == b"RCPT":
            messages[-1].recipients.append(match[1])
        elif verb == b"RSET" and messages and messages[-1].text is None:
            messages.pop()
        elif verb == b"DATA":
            messages[-1].text, at = strict_text(octets, at)
            last = b";"
        elif verb == b"BDAT":
            size = int(match[1])
            chunks.append(octets[at:at + size])
            at += size
            if match[2]:
                messages[-1].text = check_lines(b"".join(chunks))
                chunks, last = [], b";"
    # A session that is not needed any more may end before its first command.
    if octets and (last != b"QUIT" or at != len(octets)):
        raise Malformed(f"the session ends after {last!r}")
    return verbs, messages


@dataclasses.dataclass
class Kind:
    """A server with its own idea of line ends."""
    name: str
    line: re.Pattern        # what ends a command
    end: re.Pattern         # what ends a message
    ignores: bytes = b""    # octets that it never sees

    @classmethod
    def of(cls, name, before, after, ignores=b"", blanks=b""):
        return cls(name, re.compile(b"(?:\r\n|%s|%s)" % (before, after)),
                   re.compile(b"(?:\r\n|%s)[.]%s(?:\r\n|%s)" % (
                       before, blanks, after)), ignores)


ENDS = {"CRLF": b"\r\n", "LF": b"\n", "CR": b"\r"}
ANY = b"\r\n|\r|\n"
KINDS = [
    *(Kind.of(f"{before}.{after}", ENDS[before], ENDS[after])
      for before, after in itertools.product(ENDS, ENDS)),
    Kind.of("many CRs and LF", b"\r*\n", b"\r*\n"),
    Kind.of("CR, LF or CRLF", ANY, ANY),
    Kind.of("blanks after the dot", ANY, ANY, blanks=b"[ \t]*"),
    Kind.of("NUL is nothing", ANY, ANY, ignores=b"\0"),
    # As programs do that read commands as text.
    Kind("all that ends a line in Unicode", re.compile(
        ANY + b"|[\v\f\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]"),
        re.compile(b"(?:" + ANY + b")[.](?:" + ANY + b")")),
]


def kind_text(kind, octets, at):
    """(the message, where the next command begins)."""
    # The line end of DATA is the one before the first line.
    start = max(0, at - 2) if octets[max(0, at - 2):at] == b"\r\n" else at - 1
    match = kind.end.search(octets, start)
    if not match:
        return None, len(octets)
    return octets[at:max(at, match.start())], match.end()


FIRST_PATH = re.compile(rb'<((?:"(?:[^"\\]|\\.)*"|[^">])*)>')


def kindly(kind, octets):
    """(verbs in order, messages), as such a server understands it."""
    octets = bytes(octets).translate(None, kind.ignores)
    at, verbs, messages = 0, [], []
    while at < len(octets):
        match = kind.line.search(octets, at)
        line = octets[at:match.start() if match else len(octets)]
        at = match.end() if match else len(octets)
        verb = line[:4].upper()
        verbs.append(verb)
        path = FIRST_PATH.search(line)
        if verb == b"MAIL":
            messages.append(Seen(path and path[1]))
        elif verb == b"RCPT" and messages:
            messages[-1].recipients.append(path and path[1])
        elif verb == b"RSET" and messages and messages[-1].text is None:
            messages.pop()
        elif verb == b"DATA" and messages:
            messages[-1].text, at = kind_text(kind, octets, at)
        elif verb == b"BDAT" and messages:
            size = int(line.split()[1])
            messages[-1].text = (messages[-1].text or b"") + \
                octets[at:at + size]
            at += size
    return verbs, messages


def agree(octets):
    """The messages that all servers see in a session.  An error if one sees
    anything else, or could in what the smarthost passes on: a message by BDAT
    consists of lines, as one by DATA does."""
    verbs, messages = strict(octets)
    found = verbs, [each.envelope for each in messages]
    for kind in KINDS:
        # What is counted is counted in what was sent.
        if kind.ignores and b"BDAT" in verbs:
            continue
        read, seen = kindly(kind, octets)
        assert (read, [each.envelope for each in seen]) == found, kind.name
    return messages
