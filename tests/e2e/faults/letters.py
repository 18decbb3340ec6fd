"""Messages made to be misread, and what has to become of them.

The canonical form is computed here from what sendmail(8) and
onehop-deviations(7) say, line by line and with no thought of speed.
"""

import dataclasses
import functools
import quopri
import random
import re

LINE_MAX = 998          # RFC 5322, section 2.1.1

# Sizes of the buffers that a message passes through: of a line, of a line of
# a command, of a TLS record, and of what is read, sent and written at a time.
BUFFERS = (76, 256, 998, 1000, 2048, 4096, 8192, 16384, 65536, 131072)

TOKENS = [
    b"\r", b"\n", b"\r\n", b"\r\r\n", b"\n\r", b"\r\r", b"\n\n", b"\r\n\r\n",
    b".", b"..", b"\0", b"\r\0\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n",
    b"\r\n.\r\n", b"\n.\r\n", b"\n.\n", b"\r.\r", b"\r\n.\r", b"\r\n.\n",
    b"\r.\r\n", b"\r\n.\r\r\n", b"\r\n. \r\n", b"\r\n..\r\n", b"\n..\n",
    b"MAIL FROM:<evil@example.com>\r\n", b"RCPT TO:<evil@example.net>\n",
    b"RCPT TO:<evil@example.net>\r\n", b"DATA\r\n", b"BDAT 10 LAST\r\n",
    b"RSET\r\n", b"QUIT\r\n", b"To: evil@example.net", b"From here",
    b"Bcc: evil@example.net", b"X-Evil: evil", b": ", b" ", b"\t", b"=", b"--",
    b"\x80", b"\xff", b"\x8d\x8a\xae\x8d\x8a", "\u20ac\u2028".encode(), b"x",
]

PATTERNS = [b".\r\n", b"\r\n.\r\n", b"\n.\n", b"\r.\r", b".\n", b"\r\n",
            b"..\r\n", b"\0.\r\n", b"\r\r\n.", b"."]


def blanks_for_crs(run):
    return b"\0" * run[0].count(b"\0") + b" " * run[0].count(b"\r")


def lines_of(octets, dots):
    """The lines of a text, without their ends but with their NULs."""
    lines = octets.split(b"\n")
    last = lines.pop()
    lines += [last] if last.strip(b"\0") else []
    found = []
    for line in lines:
        text = line.rstrip(b"\r\0")
        line = text + line[len(text):].replace(b"\r", b"")
        if b"\r" in text:
            line = re.sub(rb"[\r\0]+", blanks_for_crs, line)
        bare = line.replace(b"\0", b"")
        if dots and bare == b".":
            break
        if dots and bare.startswith(b".."):
            line = line.replace(b".", b"", 1)
        found.append(line)
    return found


FIELD = re.compile(rb"([!-9;-~]{1,996})[ \t]*:(.*)", re.DOTALL)


def header_of(lines):
    """(fields, lines of the body); the first line may be of a mailbox."""
    if lines and re.match(rb">?From ", lines[0]):
        lines = lines[1:]
    fields = []
    for number, line in enumerate(lines):
        if line == b"":
            return fields, lines[number + 1:]
        if line[:1] in (b" ", b"\t") and fields:
            fields[-1] += b"\r\n" + line
        elif match := FIELD.fullmatch(line):
            fields.append(match[1] + b":" + match[2])
        else:
            return fields, lines[number:]
    return fields, []


def name_of(field):
    return field.partition(b":")[0].lower()


def canonical(octets, dots=False):
    """(fields, body): what has to arrive of a message."""
    fields, lines = header_of(lines_of(octets, dots))
    fields = [field.replace(b"\0", b"") for field in fields]
    blind = (b"bcc", b"resent-bcc", b"return-path")
    return ([field for field in fields if name_of(field) not in blind],
            b"".join(line.replace(b"\0", b"") + b"\r\n" for line in lines))


@dataclasses.dataclass
class Letter:
    """A message, and who sends it to whom by its number."""
    number: int
    text: bytes
    dots: bool = False      # a lone dot ends it
    sealed: bool = False    # it is signed, and nothing in it is changed

    @property
    def sender(self):
        return f"s{self.number}@example.com"

    @property
    def recipient(self):
        return f"r{self.number}@example.net"

    @functools.cached_property
    def expected(self):
        return canonical(self.text, self.dots)

    def check(self, message):
        """The message is what had to arrive of this, and nothing else."""
        fields, body = self.expected
        header, found, text = message.partition(b"\r\n\r\n")
        assert found, message[:500]
        got, rest = header_of(header.split(b"\r\n"))
        assert rest == []
        assert name_of(got.pop(0)) == b"received"
        if not self.sealed and longest(body) > LINE_MAX:
            assert b"Content-Transfer-Encoding: quoted-printable" in got
            assert longest(text) <= 76
            got.remove(b"Content-Transfer-Encoding: quoted-printable")
            text = quopri.decodestring(text)
        assert text == body, difference(text, body)
        if not self.sealed and longest(b"\r\n".join(fields)) > LINE_MAX:
            got, fields = [[re.sub(rb"[ \t\r\n]", b"", each) for each in some]
                           for some in (got, fields)]
        # Where words in it may be taken for bare names, it is not ours to say.
        odd = b"To: evil"
        assert [each for each in got if not each.startswith(odd)] == \
            [each for each in fields if not each.startswith(odd)]


def longest(octets):
    return max(map(len, octets.split(b"\r\n")))


def difference(got, wanted):
    at = next((at for at, (one, other) in enumerate(zip(got, wanted))
               if one != other), min(len(got), len(wanted)))
    return (f"at {at} of {len(got)} and {len(wanted)}: "
            f"{got[at - 30:at + 30]!r} is not {wanted[at - 30:at + 30]!r}")


def top(number, sealed):
    """The fields that sendmail would add otherwise, and one that decides
    whether anything in the body may be changed."""
    return (f"From: a@example.org\nTo: r{number}@example.net\n"
            f"Date: Mon, 01 Jan 2024 00:00:00 +0000\n"
            f"Message-ID: <{number}@example.org>\n" +
            ("DKIM-Signature: x\n" if sealed else "MIME-Version: 1.0\n")
            ).encode()


def mixed(rng, most=40):
    """Tokens in any order, and lines that just fit, or do not."""
    parts = []
    for _ in range(rng.randrange(most)):
        parts.append(rng.choice(TOKENS))
        if rng.random() < .05:
            parts.append(b"x" * (rng.choice(BUFFERS[:6]) +
                                 rng.randrange(-3, 4)))
    return b"".join(parts)


def random_letter(rng, number, dots):
    sealed = rng.random() < .5
    begin = rng.choice([b"", b"", b"\n", b"\r\n", b"\r\r\n", b"\n\r\n",
                        b"X-More: more\n", b"\0\n"])
    text = top(number, sealed) + begin + mixed(rng)
    if rng.random() < .3:
        text = text.replace(b"\n", b"\r\n", text.count(b"\n") // 2)
    return Letter(number, text, dots, sealed)


def pattern_letter(rng, number, dots):
    """One token all the way, so that it is at every edge of a buffer, in one
    phase or another."""
    token = PATTERNS[(number // 10 + number // 10000 * 3) % len(PATTERNS)]
    size = rng.choice((66000, 66000, 140000))
    if dots and token in (b".\r\n", b"\r\n.\r\n", b"\n.\n", b".\n",
                          b"\0.\r\n", b"\r\r\n."):
        token = token.replace(b".", b"..")
    sealed = rng.random() < .7
    body = b"x" * rng.randrange(1, 8) + b"\n" + token * (size // len(token))
    return Letter(number, top(number, sealed) + b"\n" + body, dots, sealed)


def edge_letter(rng, number, dots, added):
    """A token across the edge of a buffer: of the input, or of the message as
    it is stored, to which so many octets were added in front."""
    token = rng.choice(TOKENS[:26])
    edge = rng.choice(BUFFERS[4:])
    text = top(number, True).replace(b"\n", b"\r\n") + b"\r\n"
    fill = edge - rng.choice((0, added)) - len(text) - \
        rng.randrange(len(token) + 1)
    line = b"x" * min(fill - 2, rng.choice((70, 997, fill))) + b"\r\n"
    text += b"x" * (fill % len(line)) + line * (fill // len(line))
    return Letter(number, text + token + mixed(rng, 6), dots, True)


def long_letter(rng, number, dots):
    """A line of a megabyte, between tokens."""
    sealed = rng.random() < .5
    text = top(number, sealed) + b"\n" + mixed(rng, 3) + b"x" * (1 << 20)
    return Letter(number, text + mixed(rng, 5), dots, sealed)


def letters(seed, count, dots, added):
    """That many, numbered from seed * 10000 on; most are small."""
    rng = random.Random(seed)
    for number in range(seed * 10000, seed * 10000 + count):
        if number % 10 == 7:
            yield pattern_letter(rng, number, dots)
        elif number % 10 == 3:
            yield edge_letter(rng, number, dots, added)
        elif number % 50 == 29:
            yield long_letter(rng, number, dots)
        else:
            yield random_letter(rng, number, dots)
