"""What callers and files say never becomes a command or a header field.

Line ends of many kinds, with what a smuggler would have behind them, are put
wherever text comes in.  Each is refused or harmless: the smarthost is sent as
many messages as were accepted, to nobody else and with no field that was not
asked for, and all kinds of servers agree about that (readers.py).
"""

import itertools
import os
import random
import re

import pytest

import accounts
import devices
from client import converse
from harness import environment, fields, program, run
from readers import Tape, agree
from script import reply

ONE = "one@example.net"
TEXT = b"Subject: x\n\ntext\n"
ROW = "line ends in what callers and files say"
SAMPLE = 6     # attacks on each place

ENDS = ["\r\n", "\n", "\r", "\n\r", "\r\n\r\n", "\n\n", "\v", "\f", "\x1b",
        "\x85", "\u2028", "\\r\\n", "%0d%0a", "=0D=0A", "+0D+0A", ">\r\n",
        "\r\n.\r\n", "\n.\n", "=?utf-8?q?=0D=0A?=", "> "]
EVIL = ["RCPT TO:<evil@example.net>", "Bcc: evil@example.net", "X-Evil: 1",
        "MAIL FROM:<evil@example.com>", "DATA\r\nX-Evil: 1\r\n.\r\n", "QUIT",
        " <evil@example.net>", "X-Evil:\r\n 1\r\n\r\nbody"]
ATTACKS = [end + evil for end, evil in itertools.product(ENDS, EVIL)]

ADDRESSES = ["a{}@example.com", '"a{}"@example.com', "a@example.com{}",
             "<a@example.com{}>", "N{} <a@example.com>", "a@exa{}mple.com",
             "a@example.com (c{})"]
ARGUMENTS = [
    *(["-f", form, ONE] for form in ADDRESSES),
    *(["-r" + form, ONE] for form in ADDRESSES[:2]),
    *(["--", form] for form in ADDRESSES),
    *([option, "x{}", ONE] for option in (
        "-F", "-V", "-O", "-o", "-p", "-h", "-L", "-X", "-B")),
    ["-F", "Äé{}", ONE], ["-N", "success{}", ONE], ["-R", "full{}", ONE],
]
VARIABLES = ["LOGNAME", "USER", "NAME", "HOME", "HOSTNAME", "MAILHOST", "TZ",
             "MAILNAME", "MAILUSER", "QMAILUSER", "QMAILNAME", "QMAILHOST",
             "QMAILSUSER", "QMAILINJECT", "PATH", "LANG", "SHELL", "PWD",
             "MAIL_CONFIG", "LC_ALL"]
SETTINGS = ["envelope-from", "domain", "admin", "senders", "aliases",
            "max-size"]
# What a message may have in its header that came without.
NAMES = ["received", "date", "from", "message-id", "subject"]


@pytest.fixture
def attacks(everything):
    """Those on one place: all, at most so many where each takes a session,
    or, in a sample, some, and each time others."""
    rng = random.Random(5)
    return lambda most=len(ATTACKS): rng.sample(
        ATTACKS, most if everything else SAMPLE)


@pytest.fixture
def relayed(site, smarthost, tally):
    """Relays what is in the spool, and checks what has been sent."""
    def relay(ours=True, named=False):
        """ours: the header is not the caller's; named: anybody may be."""
        count = len(site.spool.names("new"))
        host = smarthost("none", user=None, channel=Tape, keywords=[
            "PIPELINING", "DSN", "8BITMIME", "SMTPUTF8"])
        site.use(host, connections=1)
        status, log = site.flush()
        assert status == 0, log.text()
        seen = [message for session in host.sessions
                for message in agree(session.channel.tape)]
        assert len(seen) == count
        for message in seen:
            people = {message.sender, *message.recipients}
            assert named or not people & {
                b"evil@example.net", b"evil@example.com"}, message
            assert not ours or is_ours(message.text), message.text
            tally(ROW, True)
        return seen

    return relay


def is_ours(text):
    names = sorted(name for name, _ in fields(text))
    return names == sorted(NAMES) and text.endswith(b"\r\n\r\ntext\r\n")


def call(site, *arguments, input=TEXT, **options):
    """A submission that is refused or works; whether it did."""
    result = site.sendmail(*arguments, input=input, **options)
    assert result.status in (0, 64, 65), result
    assert result.stderr.count("\n") == (result.status != 0), result
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", result.stderr)
    return result.status == 0


def test_arguments(site, attacks, relayed):
    taken = 0
    for words in ARGUMENTS:
        for attack in attacks():
            taken += call(site, *(word.replace("{}", attack)
                                  for word in words))
    assert len(relayed(named=True)) == taken > 0


def test_environment(site, attacks, relayed):
    for attack in attacks():
        env = environment(**dict.fromkeys(VARIABLES, f"x{attack}"))
        assert call(site, ONE, env=env)
    assert relayed()


@pytest.mark.parametrize("name", ["To", "Cc", "Bcc", "Resent-To", "From",
                                  "Reply-To", "Subject", "Message-ID", "Date",
                                  "Content-Type"])
def test_header(site, attacks, relayed, name):
    """A line feed begins another field, as it may; nothing else does."""
    for attack in attacks():
        attack = attack.replace("\n", "\r")
        for form in (*ADDRESSES[:3], "{}"):
            text = f"{name}: {form}\nTo: {ONE}\n\ntext\n"
            call(site, "-t", input=text.replace("{}", attack).encode())
    relayed(ours=False, named=True)


def test_commands(site, attacks, relayed):
    """Of sendmail -bs; a line feed ends one, as it may."""
    for attack in attacks():
        attack = attack.replace("\n", "\r").encode()
        codes, status = converse(site, b"".join(
            line.replace(b"{}", attack) + b"\r\n" for line in (
                b"EHLO x{}", b"EHLO x", b"MAIL FROM:<a{}@example.com>",
                b"RSET", b"MAIL FROM:<a@example.com> ENVID=x{}", b"RSET",
                b"MAIL FROM:<a@example.com>", b"RCPT TO:<a{}@example.com>",
                b'RCPT TO:<"a{}"@example.com>',
                b"RCPT TO:<a@example.com> ORCPT=rfc822;x{}",
                b"RCPT TO:<one@example.net>", b"DATA", TEXT.strip().replace(
                    b"\n", b"\r\n"), b".", b"QUIT")))
        assert (codes[-2:], status) == ([250, 221], 0)
    relayed()


@pytest.mark.parametrize("keyword", SETTINGS)
def test_configuration(site, attacks, relayed, keyword):
    """Mistakes in it refuse no mail."""
    before = site.settings.get(keyword)
    for attack in attacks():
        for value in ("a@example.com", "example.com"):
            site.configure(**{keyword: value + attack})
            assert call(site, ONE)
            assert call(site, "-f", "me", "root")
    site.configure(**{keyword: before})
    relayed()


@pytest.mark.parametrize("keyword", ["helo", "user"])
def test_configuration_of_the_session(site, smarthost, attacks, keyword):
    """A name that cannot be said is not said."""
    assert call(site, ONE)
    for attack in attacks(40):
        host = smarthost("none", channel=Tape)
        site.use(host, **{keyword: f"name{attack}"})
        site.flush()
        for session in host.sessions:
            said = bytes(session.channel.tape)
            assert b"evil" not in said.lower().replace(b"x-evil", b""), said
            assert re.fullmatch(rb"(?:[^\r\n\0\x80-\xff]*\r\n)*", said), said


@pytest.mark.parametrize("form", ["root: a@example.com{}\n",
                                  "root: a{}@example.com\n",
                                  "root: \"a{}\"@example.com\n",
                                  "root: N{} <a@example.com>\n",
                                  "root: a@example.com,{}\n",
                                  "root{}: a@example.com\n",
                                  "root: :include:{}\n"])
def test_aliases(site, attacks, relayed, form):
    path = site.directory / "aliases"
    for attack in attacks():
        # Behind a blank it belongs to the list that it is in.
        attack = attack.replace("\n ", "\n").replace("<evil", "<good")
        path.write_text(form.replace("{}", attack), newline="")
        site.configure(aliases=path)
        assert call(site, "-f", "me@example.com", "root")
    # A list may go on with whom it likes.
    relayed(named=form.endswith((",{}\n", ":include:{}\n")))


def test_included_lists(site, attacks, relayed):
    path, included = site.directory / "aliases", site.directory / "list"
    path.write_text(f"root: :include:{included}\n")
    site.configure(aliases=path)
    for attack in attacks():
        attack = attack.replace("evil", "good")     # whom it may well name
        included.write_text(f"a@example.com{attack}\n", newline="")
        assert call(site, "-f", "me@example.com", "root")
    relayed()


def test_passwd(site, attacks, relayed, root):
    """Login and full name, with all that a line of it can hold."""
    if not devices.own_mounts:
        pytest.skip("needs mounts of our own")
    file = site.directory / "passwd"
    for attack in attacks():
        attack = re.sub("[:\n,]", "\r", attack)
        for name, gecos in ((f"me{attack}", "Me"), ("me", f"Me{attack}"),
                            ("me", f'"{attack}'), (f"{attack}", "& <&>")):
            file.write_text(f"{name}:x:{os.getuid()}:0:{gecos}:/:/bin/sh\n",
                            newline="")
            with accounts.in_place_of("/etc/passwd", file):
                assert call(site, ONE)
    relayed()


def test_host_name(site, attacks, relayed, root):
    """The kernel takes any; nothing else gives a domain here."""
    if not devices.own_mounts:
        pytest.skip("needs a host name of our own")
    site.configure(domain=None)
    named = ["unshare", "--uts", "/usr/bin/python3", "-c",
             "import os, socket, sys\n"
             "socket.sethostname(sys.argv[1])\n"
             "os.execv(sys.argv[2], sys.argv[2:])\n"]
    for attack in attacks():
        name = f"host{attack}"[:64].encode()[:64].decode(errors="ignore")
        result = run([*named, name, program("sendmail"), "-C",
                      str(site.configuration), ONE], TEXT)
        assert (result.status, result.stderr) == (0, "")
    site.configure(domain="example.org")
    relayed()


def test_hosts(site, attacks, relayed, root):
    if not devices.own_mounts:
        pytest.skip("needs mounts of our own")
    site.configure(domain=None)
    file = site.directory / "hosts"
    for attack in attacks():
        file.write_text(f"127.0.0.1 a.b{attack} {os.uname().nodename} x.y\n",
                        newline="")
        with accounts.in_place_of("/etc/hosts", file):
            assert call(site, ONE)
    site.configure(domain="example.org")
    relayed()


EVIL_LINE = re.compile(rb"^(?:RCPT|Bcc|X-Evil|MAIL|DATA|QUIT)\b", re.M)
CONTROLS = re.compile(rb"[\0-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]")


@pytest.mark.parametrize("code, step", [
    *itertools.product(("450", "550"), ("mail", "rcpt", "data", "end")),
    ("250", "rcpt"), ("250", "end"), ("354", "data")])
def test_replies(site, smarthost, attacks, tally, step, code):
    """They go to the log, the queue and a notification, as one line each."""
    for attack in attacks(40):
        # A line feed ends a reply; each of its lines has the code.
        text = attack.replace("\n", f"\n{code}-")
        host = smarthost("none", user=None, channel=Tape, script={
            step: [reply(f"{code}-begin {text}\x1b[2J\x9b", f"{code} end")]})
        site.use(host, retry_min="1h", relay_retry_min="10m")
        assert call(site, "-f", "me@example.com", ONE)
        _, log = site.flush()
        text = log.path.read_bytes()
        assert not CONTROLS.search(text), text
        for line in text.decode().splitlines():
            assert re.match(r"onehop/[a-z]+\[\d+\]: ", line), line
        for output in (site.mailq(), site.mailq("-j")):
            text = output.stdout.replace("\t\tTotal requests", "")
            assert not CONTROLS.search(text.encode()), output
        for message in host.messages:
            assert message.recipients in ([ONE], ["me@example.com"])
            assert not EVIL_LINE.search(message.data), message.data
        tally("line ends in the replies of a smarthost", True)
        for path in site.spool.files():
            path.unlink()


def test_the_log_of_submissions(site, attacks, syslog):
    """A directory and a program may have any name."""
    for number, attack in enumerate(attacks()):
        name = attack.replace("/", "") + "\x9b2J"
        directory = site.directory / str(number) / name
        directory.mkdir(parents=True)
        assert call(site, ONE, cwd=directory)
    lines = [line.rstrip("\0\n") for line in syslog()]
    assert len([line for line in lines if " uid=" in line]) == len(lines)
    assert len(lines) == number + 1
    assert not CONTROLS.search("".join(lines).encode())
