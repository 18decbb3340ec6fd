"""No input makes a smarthost see a second message or another command.

Messages made to be misread go in by every way that there is, are relayed to
smarthosts of every kind, and what these were sent is read by servers of all
kinds (readers.py).  What arrives is the canonical form as computed here.
"""

import random
import re
import shutil

import pytest

from client import converse
from letters import header_of, letters, lines_of, name_of
from readers import Tape, agree
from test_submit_socket import fence, flusher, make     # noqa: F401

SEEDS, LETTERS, FEW = 10, 50, 16    # by each way; few of one seed as a sample
ROW = "messages made to be misread, by what reads them"

# How the smarthosts take a message.
RELAYS = {
    "DATA": {"keywords": []},
    "DATA with PIPELINING": {"keywords": ["PIPELINING", "8BITMIME", "SIZE"]},
    "DATA over TLS": {"tls": "implicit", "keywords": ["PIPELINING"]},
    "BDAT": {"keywords": ["CHUNKING", "8BITMIME"]},
    "BDAT with PIPELINING": {"keywords": ["CHUNKING", "PIPELINING"]},
}


def words(site, rng, letter):
    """As cron does, recipients on the command line."""
    options = rng.choice((["-i"], ["-oi"], ["-O", "IgnoreDots"]))
    site.submit(*([] if letter.dots else options), "-f", letter.sender,
                letter.recipient, input=letter.text)


def header(site, rng, letter):
    """As PHP does: the header names one, and the body whom it likes."""
    fields, _ = header_of(lines_of(letter.text, letter.dots))
    named = [each for each in fields if name_of(each) in (b"to", b"bcc")]
    if len(named) > 1:
        words(site, rng, letter)
        return
    site.submit("-t", *([] if letter.dots else ["-i"]), "-f", letter.sender,
                input=letter.text)


def by_data(rng, letter, end):
    """A client that ends its lines so, and doubles dots so; some think that
    none but that of a line of its own needs it."""
    if not letter.text.endswith(end):
        letter.text += end
    begin = rb"(\A|\r\n)" if end == b"\r\n" else rb"(\A|\n)"
    lone = rng.choice((b"", b"(?=\r?\n)" if end == b"\n" else b"(?=\r\n)"))
    sent = re.sub(begin + rb"\." + lone, rb"\1..", letter.text)
    letter.text = re.sub(begin + rb"\.", rb"\1", sent)
    return b"DATA" + end, sent + b"." + end


def by_bdat(rng, letter):
    cuts = sorted(rng.randrange(len(letter.text) + 1)
                  for _ in range(rng.randrange(4)))
    for begin, stop in zip([0, *cuts], [*cuts, None]):
        chunk = letter.text[begin:stop]
        last = b" LAST" if stop is None else b""
        yield b"BDAT %d%s\r\n" % (len(chunk), last) + chunk


def session(site, rng, some, kind, end):
    """As Symfony does: letters in one session of sendmail -bs."""
    octets, codes, taken = b"EHLO x" + end, [220, 250], []
    for letter in some:
        if end == b"\n" or rng.random() < .5:
            parts = by_data(rng, letter, end)
            between = [354]
        else:
            parts = list(by_bdat(rng, letter))
            between = [250] * (len(parts) - 1)
        bare = re.search(rb"(?<!\r)\n", letter.text.replace(b"\0", b""))
        refused = kind == "tcp" and bare
        octets += b"".join([
            b"MAIL FROM:<%s>" % letter.sender.encode(), end,
            b"RCPT TO:<%s>" % letter.recipient.encode(), end, *parts])
        codes += [250, 250, *between, 550 if refused else 250]
        if not refused:
            taken.append(letter)
    assert converse(site, octets + b"QUIT" + end, kind) == ([*codes, 221], 0)
    return taken


def in_sessions(site, rng, some):
    """Few in each, since a network client may not be refused for ever."""
    some = list(some)
    for at in range(0, len(some), 10):
        kind, end = rng.choice([("pipe", b"\r\n"), ("pipe", b"\n"),
                                ("socketpair", b"\r\n"), ("tcp", b"\r\n"),
                                ("tcp", b"\r\n")])
        for letter in some[at:at + 10]:
            if kind == "tcp" and rng.random() < .7:
                letter.text = letter.text.replace(b"\n", b"\r\n")
        yield from session(site, rng, some[at:at + 10], kind, end)


def added(site):
    """How much longer a message is when it is stored."""
    text = b"From: a@example.org\r\nDate: x\r\nMessage-ID: x\r\n\r\n"
    site.submit("-f", "s1@example.com", "r1@example.net", input=text)
    path = site.spool.only("new")
    size = site.spool.entry("new").seal["size"]
    path.unlink()
    return int(size) - len(text)


def submit_all(site, seed, count):
    """Submits letters by every way; those that were taken, by sender."""
    rng = random.Random(seed)
    more = added(site)
    taken = []
    for number, way, dots in ((0, words, True), (1, words, False),
                              (2, header, True), (3, header, False)):
        some = list(letters(10 * seed + number, count, dots, more))
        for letter in some:
            way(site, rng, letter)
        taken += some
    some = letters(10 * seed + 4, 2 * count, False, more)
    taken += in_sessions(site, rng, some)
    by_sender = {letter.sender.encode(): letter for letter in taken}
    assert len(by_sender) == len(taken) == len(site.spool.names("new"))
    return by_sender


def relay(site, smarthost, **options):
    """Relays a copy of all that is queued, and reads it in all ways."""
    host = smarthost(user=None, channel=Tape, **{"tls": "none", **options})
    spool = site.spool.path
    copy = spool.with_name(f"{spool.name}-{host.port}")
    shutil.copytree(spool, copy, ignore=shutil.ignore_patterns("trigger"))
    site.use(host, spool=copy, connections=2)
    status, log = site.flush()
    assert status == 0, log.text()
    site.configure(spool=spool)
    shutil.rmtree(copy)
    host.stop()
    assert host.violations == []
    seen = [message for session in host.sessions
            for message in agree(session.channel.tape)]
    # There will be many, and they are large.
    host.sessions.clear()
    host.messages.clear()
    return seen


def check_all(site, smarthost, tally, taken, relays=tuple(RELAYS)):
    """Relays them in all those ways and looks at what arrives."""
    envelopes = sorted((sender, (letter.recipient.encode(),))
                       for sender, letter in taken.items())
    for name in relays:
        seen = relay(site, smarthost, **RELAYS[name])
        assert sorted(each.envelope for each in seen) == envelopes, name
        for message in seen:
            taken[message.sender].check(message.text)
            tally(ROW, True)


def test_letters(site, smarthost, everything, tally):
    for seed in range(SEEDS if everything else 1):
        taken = submit_all(site, seed, LETTERS if everything else FEW)
        check_all(site, smarthost, tally, taken)
        for path in site.spool.files("new"):
            path.unlink()


def test_letters_through_the_socket(fence, flusher, smarthost, tally):
    """Where sendmail may not write to the spool, the flusher's helper does."""
    some = [*letters(8, 10, True, 0), *letters(9, 10, False, 0)]
    for letter in some:
        options = [] if letter.dots else ["-i"]
        result = fence.call(*options, "-f", letter.sender, letter.recipient,
                            input=letter.text)
        assert (result.status, result.stdout, result.stderr) == (0, "", "")
    flusher.stop()
    check_all(fence, smarthost, tally,
              {letter.sender.encode(): letter for letter in some},
              ("DATA", "BDAT"))
