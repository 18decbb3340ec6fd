"""The way in where the setgid bit has no effect: the socket of the spool.

A user whose sendmail may not write to the spool, under no_new_privs, must not
notice: same status, same text, same message. What he sends to the socket with
a program of his own does no harm. And he sees his own mail with mailq, and how
all of it fares with onehopctl.
"""

import json
import os
import pathlib
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import time

import pytest

from harness import (Entry, Site, children, environment, field, program, run,
                     sanitized, wait_until)
from script import reply

ONE, TWO = "one@example.net", "two@example.net"
CALLER, OTHER, OWNER = "nobody", "bin", "daemon"
BUSY, TAKEN, PROTOCOL = 0xfe, 0xff, 76
PER_USER, IN_ALL = 10, 40
LETTER = b"Subject: test\n\ntext\n"
SMTP = (b"EHLO me\r\nMAIL FROM:<me@example.com>\r\n"
        b"RCPT TO:<one@example.net>\r\nDATA\r\nSubject: x\r\n\r\nb\r\n"
        b".\r\nQUIT\r\n")


def no_privileges(user=CALLER):
    entry = pwd.getpwnam(user)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}",
            "--clear-groups", "--no-new-privs"]


class Fence(Site):
    """A site whose spool is another user's than the caller's."""

    def __init__(self, directory, certificates, owner):
        super().__init__(directory, certificates)
        self.owner = pwd.getpwnam(owner)
        self.spool.path.mkdir()
        self.ca = directory / "ca.pem"
        self.ca.write_bytes(certificates.ca.read_bytes())
        for path in (self.spool.path, self.password):
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        self.program = directory / "sendmail"
        shutil.copy(program("sendmail"), self.program)
        os.chown(self.program, 0, self.owner.pw_gid)
        self.program.chmod(0o2755)
        self.socket = self.spool.path / "submit"

    def command(self, *arguments, user=CALLER):
        return [*no_privileges(user), str(self.program), "-C",
                str(self.configuration), *arguments]

    def call(self, *arguments, input=LETTER, user=CALLER, **options):
        options.setdefault("cwd", "/")
        return run(self.command(*arguments, user=user), input, **options)

    def begin(self, *arguments, user=CALLER, **options):
        """A call whose message is still to come on its stdin."""
        return subprocess.Popen(
            self.command(*arguments, user=user), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
            env=environment(), **options)

    def list_queue(self, *arguments, user=CALLER):
        return run([*no_privileges(user), program("mailq"), "-C",
                    str(self.configuration), *arguments], cwd="/")

    def control(self, *arguments, user=CALLER):
        return run([*no_privileges(user), program("onehopctl"), "-C",
                    str(self.configuration), *arguments], cwd="/")

    def start(self):
        flusher = self.flusher()
        wait_until(self.is_listening, "somebody to listen")
        flusher.log.wait_for("a malformed request")    # that of the above
        wait_until(lambda: not children(flusher.pid), "the end of its helper")
        return flusher

    def is_listening(self):
        try:
            connect(self).close()
        except OSError:
            assert self.flushers[-1].status is None
            return False
        return True


@pytest.fixture
def make(tmp_path_factory, open_directory, certificates, smarthost, root):
    """Sites by their owner; they end before their smarthosts."""
    if not shutil.which("setpriv"):
        pytest.skip("util-linux's setpriv is not installed")
    if run([*no_privileges(), "test", "-x", program("onehopctl")],
           cwd="/").status:
        pytest.skip(f"the programs are out of reach for user {CALLER}")
    made = []

    def make(owner):
        directory = open_directory / owner
        directory.mkdir()
        made.append(Fence(directory, certificates, owner))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def fence(make):
    return make(OWNER)


@pytest.fixture
def flusher(fence):
    return fence.start()


def connect(site, user=CALLER):
    """A connection of that user to the socket."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    client.settimeout(60)
    os.seteuid(pwd.getpwnam(user).pw_uid)
    try:
        client.connect(str(site.socket))
    except OSError:
        client.close()
        raise
    finally:
        os.seteuid(0)
    return client


def answers(client):
    """All answers up to the end of the connection."""
    found = []
    while True:
        try:
            octets = client.recv(16)
        except ConnectionResetError:
            continue
        if not octets:
            client.close()
            return found
        found.append(octets[0])


def ask(site, *words, input=LETTER, user=CALLER):
    """A request made by hand: (status, stdout and stderr)."""
    text = b"".join(word.encode() + b"\0" for word in ("/", *words))
    client = connect(site, user)
    stdin, stdin_end = os.pipe()
    output_end, output = os.pipe()
    os.write(stdin_end, input)
    os.close(stdin_end)
    socket.send_fds(client, [b"onehop 1 %d" % len(text)],
                    [stdin, output, output])
    client.send(text)
    os.close(stdin)
    os.close(output)
    found = answers(client)
    with open(output_end, "rb") as file:
        printed = file.read().decode()
    assert found[:-1] in ([TAKEN], [])
    return found[-1], printed


def helpers(flusher):
    return [pid for pid in children(flusher.pid)
            if b"--submit" in cmdline(pid)]


def cmdline(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def wait_for_helper(flusher, count=1):
    wait_until(lambda: len(helpers(flusher)) == count, f"{count} helper(s)")
    return helpers(flusher)


def wait_for_draft(site):
    wait_until(lambda: site.spool.names("tmp"), "a draft in tmp/")


def end(process, input=None):
    stdout, stderr = process.communicate(input, timeout=60)
    return process.returncode, stdout.decode(), stderr.decode()


def comparable(site, result):
    """What came of a call, without what differs from call to call."""
    def clean(text):
        text = text.replace(str(site.directory), "DIRECTORY")
        text = re.sub(r"\b[0-9A-F]{13}\b", "ID", text)
        text = re.sub(r"ID\.[0-9a-f]{8}", "UNIQUE", text)
        return re.sub(r"\w{3}, .?\d .*? [-+]\d{4}", "DATE", text)

    messages = []
    for path in site.spool.files("new"):
        entry = Entry.read(path)
        messages.append((entry.seal["uid"], entry.seal["body"], entry.sender,
                         entry.recipients, entry.asked,
                         clean(entry.message.decode("latin-1"))))
        path.unlink()
    assert site.spool.names("tmp") == []
    return (result.status, clean(result.stdout), clean(result.stderr),
            messages)


CALLS = {
    "a message": [ONE],
    "header": (["-t"], b"To: one@example.net\nBcc: two\nSubject: x\n\nb\n"),
    "8 bit": ([ONE], b"Subject: x\n\n\xc3\xa4\n"),
    "sender": ["-f", "me@example.com", "-F", "Ann O'Nym", ONE],
    "null sender": ["-f", "", ONE],
    "asked": ["-N", "never", "-O", "RequireTLS=yes", ONE],
    "dot": ([ONE], b"Subject: x\n\na\n.\nb\n"),
    "dots": (["-i", ONE], b"Subject: x\n\na\n.\nb\n"),
    "empty": ([ONE], b""),
    "no recipients": [],
    "no recipients in the header": ["-t"],
    "bad address": ["<<a"],
    "bad address after a good one": [ONE, "a@b@c", TWO],
    "bad sender": ["-f", "a@b@c", ONE],
    "not a program": ["|cat"],
    "too large": ([ONE], b"Subject: x\n\n" + b"x" * 5000),
    "no such option": ["-Z", ONE],
    "option after recipient": [ONE, "-t"],
    "no value": ["-f"],
    "nothing to rebuild": ["-bi"],
    "version": ["--version"],
    "SMTP": (["-bs"], SMTP),
    "SMTP without an end": (["-bs"], b"EHLO me\r\nMAIL FROM:<me@a.b>\r\n"
                            b"RCPT TO:<one@example.net>\r\nDATA\r\nSub"),
    "many": (["--", *(f"user{number}@example.net"
                      for number in range(20000))], LETTER),
}


@pytest.fixture(params=CALLS, ids=CALLS)
def call(request):
    case = CALLS[request.param]
    return case if isinstance(case, tuple) else (case, LETTER)


def test_the_same_as_the_direct_way(make, call):
    """The direct way is that into a spool of the caller's own."""
    arguments, input = call
    detour, direct = make(OWNER), make(CALLER)
    for site in (detour, direct):
        site.configure(max_size="4K")
    detour.start()
    direct.call(ONE)
    comparable(direct, direct.call(ONE))
    expected = comparable(direct, direct.call(*arguments, input=input))
    assert comparable(detour, detour.call(*arguments, input=input)) == expected


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_closed_streams(fence, flusher, closed):
    result = fence.call(ONE, preexec_fn=lambda: os.close(closed))
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    text = fence.spool.message("new")
    assert (b"text" in text) == (closed != 0)


def test_the_status_does_not_need_a_place_to_say_why(fence, flusher):
    result = fence.call("<<a", preexec_fn=lambda: os.close(2))
    assert (result.status, result.stderr) == (65, "")


def test_a_whole_argument_list(fence, flusher):
    words = [f"someone-{number}@example.net" for number in range(45000)]
    assert sum(len(word) + 9 for word in words) > 1500000
    result = fence.call("--", *words)
    assert (result.status, result.stderr) == (0, "")
    assert fence.spool.entry("new").recipients == words


def test_a_large_message(fence, flusher):
    body = b"x" * 70 + b"\n"
    result = fence.call(ONE, input=LETTER + body * 100000)
    assert (result.status, result.stderr) == (0, "")
    assert len(fence.spool.message("new")) > 72 * 100000


def test_who_it_was(fence, smarthost):
    host = smarthost()
    fence.use(host, tls_ca_file=fence.ca)
    flusher = fence.start()
    caller = pwd.getpwnam(CALLER)
    result = fence.call("-f", "me@example.com", ONE)
    assert (result.status, result.stderr) == (0, "")
    flusher.log.wait_for("removed")
    assert f"from userid {caller.pw_uid})".encode() in host.messages[0].data
    assert f"<{CALLER}@example.org>".encode() not in host.messages[0].data
    assert flusher.log.lines(rf"uid={caller.pw_uid} \(queue active\)")
    assert host.messages[0].sender == "me@example.com"


def test_the_default_sender_is_the_caller(fence, flusher):
    fence.call(ONE, env=environment(USER="root", LOGNAME="root"))
    entry = fence.spool.entry("new")
    assert entry.sender == f"{CALLER}@example.org"
    assert entry.seal["uid"] == str(pwd.getpwnam(CALLER).pw_uid)
    owner = fence.spool.only("new").stat()
    assert owner.st_uid == fence.owner.pw_uid
    assert owner.st_mode & 0o777 == 0o660


def test_a_caller_whom_the_name_service_knows(fence, elsewhere, flusher):
    """The helper asks it, for which it may have to be another program."""
    command = elsewhere.command(program("sendmail"), "-C",
                                str(fence.configuration), ONE)
    result = run(command, LETTER, cwd="/")
    assert (result.status, result.stderr) == (0, "")
    entry = fence.spool.entry()
    assert entry.seal["uid"] == str(elsewhere.uid)
    assert entry.sender == f"{elsewhere.name}@example.org"
    assert field(entry.message, "from") == [
        f"{elsewhere.full_name} <{elsewhere.name}@example.org>"]


def test_who_may_send_is_asked_of_the_caller(fence, flusher):
    fence.configure(deny_users=CALLER)
    result = fence.call(ONE)
    assert result.status == 77
    assert re.fullmatch(f"sendmail: .*{CALLER}.*\n", result.stderr)
    assert fence.spool.names() == []
    assert fence.call(ONE, user=OTHER).status == 0


def test_without_a_flusher_the_error_says_so(fence):
    fence.flush()
    result = fence.call(ONE)
    assert result.status == 75
    assert re.fullmatch("sendmail: .*(?i:permission denied).*setgid.*"
                        "onehop-flush.*\n", result.stderr)


def test_a_socket_that_was_left_is_made_anew(fence, flusher):
    flusher.kill()
    assert fence.socket.is_socket()
    assert fence.call(ONE).status == 75
    fence.start()
    assert fence.call(ONE).status == 0


def test_the_socket(fence, flusher):
    status = fence.socket.stat()
    assert status.st_mode & 0o7777 == 0o666
    assert status.st_uid == fence.owner.pw_uid
    assert flusher.stop() == 0
    assert not fence.socket.exists()


def test_one_run_takes_nobody_in(fence):
    flusher = fence.start()
    flusher.kill()
    before = fence.socket.stat()
    assert fence.flush()[0] == 0
    assert fence.socket.stat().st_ino == before.st_ino


def test_a_spool_that_is_mounted_read_only(fence, flusher):
    """ProtectSystem=strict: the socket is the way out."""
    mount = ["unshare", "-m", "sh", "-ec",
             f"mount --bind {fence.spool.path} {fence.spool.path}; "
             f"mount -o remount,bind,ro {fence.spool.path}; exec \"$@\"", "sh"]
    if run([*mount, "true"]).status:
        pytest.skip("mounting is not permitted")
    result = run([*mount, str(fence.program), "-C", fence.configuration, ONE],
                 LETTER)
    assert (result.status, result.stderr) == (0, "")
    assert fence.spool.entry("new").seal["uid"] == "0"


def test_root_has_no_need_of_it(fence, flusher):
    flusher.kill()
    fence.submit(ONE)


def test_another_configuration_is_refused(fence, flusher):
    other = fence.directory / "other.conf"
    other.write_text(fence.configuration.read_text() + "max-size 1G\n")
    result = run([*no_privileges(), program("sendmail"), "-C", str(other),
                  ONE], LETTER, cwd="/")
    assert result.status == 64
    assert re.fullmatch(f"sendmail: -C {other}: .*{fence.configuration}\n",
                        result.stderr)
    assert fence.spool.names() == []


@pytest.mark.parametrize("words", [
    ["-C", "/etc/passwd", ONE], ["-C/etc/shadow", ONE], ["-q"], ["-q15m"],
    ["-bd"], ["-bD"], ["-bp"], ["-bv", ONE], ["-d0-99.9", ONE], ["-dX", ONE],
    ["--submit"], ["--submit", "/etc/passwd"], ["-bi"], ["--help"]],
    ids=" ".join)
def test_what_is_refused_by_hand(fence, flusher, words):
    """A client that is no sendmail of ours asks for more."""
    status, printed = ask(fence, "sendmail", *words)
    assert status == 64
    assert re.fullmatch("sendmail: .*\n", printed)
    assert "root:" not in printed
    assert fence.spool.names() == []


@pytest.mark.parametrize("words", [
    ["-C", "/etc/passwd"], ["-j", "-j"], ["--submit", "0"], ["-u", "0"]],
    ids=" ".join)
def test_what_of_mailq_is_refused_by_hand(fence, flusher, words):
    fence.call(ONE, user=OTHER)
    status, printed = ask(fence, "mailq", *words)
    assert status == 64
    assert ONE not in printed and "root:" not in printed


@pytest.mark.parametrize("words, expected", [
    (["list"], 64), (["show", "ALL"], 64), (["remove", "ALL"], 64),
    (["config"], 64), (["rewrite", ONE], 64), ([], 64), (["word"], 64),
    (["-C", "/etc/passwd", "status"], 64), (["--", "list"], 64),
    (["--submit", "0", "list"], 64), (["metrics", "word"], 64),
    (["status", "-C", "/etc/passwd"], 3), (["status", "list"], 3)])
def test_what_of_onehopctl_is_refused_by_hand(fence, flusher, words,
                                              expected):
    fence.call(ONE, user=OTHER)
    status, printed = ask(fence, "onehopctl", *words)
    assert status == expected
    assert ONE not in printed and "root:" not in printed
    assert len(fence.spool.names("new")) == 1


def test_options_that_have_no_effect_have_none_here(fence, flusher):
    trace = fence.directory / "trace"
    status, printed = ask(fence, "sendmail", "-X", str(trace), "-OQueueDirect"
                          "ory=/tmp", "-oQ/tmp", "-v", ONE)
    assert status == 0
    assert not trace.exists()
    assert len(fence.spool.names("new")) == 1


def test_a_name_like_that_of_another_program_is_no_other(fence, flusher):
    assert ask(fence, "/bin/sh", ONE) == (0, "")
    assert len(fence.spool.names("new")) == 1


def test_no_words_at_all(fence, flusher):
    status, printed = ask(fence)
    assert status == 64
    assert re.fullmatch("sendmail: no recipients.*\n", printed)


def test_only_the_flusher_has_helpers(fence, flusher):
    """Whoever else asks for it has no privilege by it, and no success."""
    for words in (["--submit"], ["--submit", str(fence.configuration)]):
        result = run([*no_privileges(), str(fence.program), *words], cwd="/")
        assert result.status == 64
        assert re.fullmatch("sendmail: --submit .*\n", result.stderr)
    mine = fence.directory / "mine"
    mine.mkdir()
    os.chown(mine, pwd.getpwnam(CALLER).pw_uid, -1)
    configuration = fence.directory / "mine.conf"
    configuration.write_text(f"spool {mine}\n")
    result = run([*no_privileges(), str(fence.program), "--submit",
                  str(configuration)], cwd="/")
    assert result.status == 64


def test_whoever_does_not_own_the_spool_is_no_helper(fence, flusher):
    """Though there is a request for him."""
    client, server = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    text = b"/\0sendmail\0--version\0"
    null = os.open("/dev/null", os.O_RDWR)
    socket.send_fds(client, [b"onehop 1 %d" % len(text)], [null] * 3)
    client.send(text)
    result = run([*no_privileges(), str(fence.program), "--submit",
                  str(fence.configuration)], cwd="/",
                 preexec_fn=lambda: os.dup2(server.fileno(), 3),
                 pass_fds=[3])
    assert result.status == 64
    server.close()
    os.close(null)
    with pytest.raises(ConnectionResetError):
        client.recv(1)
    client.close()


def descriptors(*numbers):
    return [os.open("/dev/null", os.O_RDWR) for _ in numbers]


GARBAGE = {
    "nothing": [(b"", 0)],
    "text": [(b"x", 3)],
    "MAIL": [(b"MAIL FROM:<>", 0)],
    "other version": [(b"onehop 2 4", 3), (b"/\0a\0", 0)],
    "no length": [(b"onehop 1 ", 3)],
    "negative": [(b"onehop 1 -1", 3)],
    "huge": [(b"onehop 1 99999999999999999999", 3)],
    "too much": [(b"onehop 1 9000000", 3)],
    "long header": [(b"onehop 1 " + b"0" * 200, 3)],
    "zero": [(b"onehop 1 0", 3)],
    "longer": [(b"onehop 1 4", 3), (b"/\0abc\0", 0)],
    "no NUL": [(b"onehop 1 4", 3), (b"/\0ab", 0)],
    "large packet": [(b"onehop 1 50000", 3), (b"/\0" * 25000, 0)],
    "too many words": [(b"onehop 1 8000000", 3),
                       *[(b"\0" * 32000, 0)] * 250],
    "no descriptors": [(b"onehop 1 4", 0), (b"/\0a\0", 0)],
    "one descriptor": [(b"onehop 1 4", 1), (b"/\0a\0", 0)],
    "two descriptors": [(b"onehop 1 4", 2), (b"/\0a\0", 0)],
    "descriptors with garbage": [(b"x", 100)],
}


@pytest.mark.parametrize("packets", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage(fence, flusher, packets):
    client = connect(fence)
    for octets, count in packets:
        fds = descriptors(*range(count))
        try:
            socket.send_fds(client, [octets], fds)
        except (BrokenPipeError, ConnectionResetError):
            pass
        for fd in fds:
            os.close(fd)
    client.shutdown(socket.SHUT_WR)
    assert answers(client) == [PROTOCOL]
    wait_for_helper(flusher, 0)
    assert fence.spool.names() == []
    assert fence.call(ONE).status == 0


def test_more_descriptors_than_streams(fence, flusher):
    text = b"/\0sendmail\0" + ONE.encode() + b"\0"
    client = connect(fence)
    fds = descriptors(*range(20))
    socket.send_fds(client, [b"onehop 1 %d" % len(text)], fds)
    for fd in fds:
        os.close(fd)
    client.send(text)
    assert answers(client) == [TAKEN, 0]
    assert len(fence.spool.names("new")) == 1


def test_descriptors_in_the_text_are_closed(fence, flusher):
    """Who sends more of them gets them held for nobody."""
    text = b"/\0sendmail\0" + ONE.encode() + b"\0"
    client = connect(fence)
    reader, writer = os.pipe()
    stdin, stdin_end = os.pipe()
    null = os.open("/dev/null", os.O_RDWR)
    socket.send_fds(client, [b"onehop 1 %d" % len(text)], [stdin, null, null])
    socket.send_fds(client, [text], [writer])
    for fd in (writer, stdin, null):
        os.close(fd)
    assert client.recv(1) == bytes([TAKEN])
    assert select.select([reader], [], [], 60)[0], "the writer is still open"
    os.close(stdin_end)
    assert answers(client) == [0]
    os.close(reader)


@pytest.mark.parametrize("at_once", [False, True])
def test_words_after_the_request_end_it(fence, flusher, at_once):
    text = b"/\0sendmail\0" + ONE.encode() + b"\0"
    client = connect(fence)
    stdin, stdin_end = os.pipe()
    null = os.open("/dev/null", os.O_RDWR)
    socket.send_fds(client, [b"onehop 1 %d" % len(text)], [stdin, null, null])
    client.send(text)
    if not at_once:
        assert client.recv(1) == bytes([TAKEN])
        time.sleep(0.3)
    client.send(b"more")
    assert answers(client)[-1] == 75
    assert fence.spool.names() == []
    for fd in (stdin, stdin_end, null):
        os.close(fd)


def test_who_says_nothing_is_not_waited_for(fence, flusher):
    client = connect(fence)
    wait_for_helper(flusher)
    start = time.monotonic()
    assert fence.call(ONE).status == 0
    assert time.monotonic() - start < 8
    assert answers(client) == []
    assert time.monotonic() - start < 30
    wait_for_helper(flusher, 0)


def test_who_goes_away_at_once_leaves_nothing(fence, flusher):
    for _ in range(50):
        connect(fence).close()
    wait_until(lambda: fence.call(ONE).status == 0, "a way in")
    wait_for_helper(flusher, 0)


def test_the_bound_for_one_user(fence, flusher):
    """He waits, the others do not."""
    calls = [fence.begin(ONE) for _ in range(PER_USER)]
    wait_for_helper(flusher, PER_USER)
    client = connect(fence)
    assert answers(client) == [BUSY]
    waiting = fence.begin(ONE)
    assert fence.call(ONE, user=OTHER).status == 0
    assert fence.call(ONE, user=OWNER).status == 0
    time.sleep(0.5)
    assert waiting.poll() is None
    assert len(helpers(flusher)) == PER_USER
    assert end(calls.pop(), LETTER) == (0, "", "")
    assert end(waiting, LETTER) == (0, "", "")
    for call in calls:
        assert end(call, LETTER) == (0, "", "")
    assert len(fence.spool.names("new")) == PER_USER + 3


def test_a_burst_is_taken_whole(fence, flusher):
    letter = fence.directory / "letter"
    letter.write_bytes(LETTER)
    calls = []
    for _ in range(8 * PER_USER):
        with open(letter, "rb") as stdin:
            calls.append(subprocess.Popen(
                fence.command(ONE), stdin=stdin, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, cwd="/", env=environment()))
    assert {end(call) for call in calls} == {(0, "", "")}
    assert len(fence.spool.names("new")) == 8 * PER_USER
    wait_for_helper(flusher, 0)


def test_the_bound_for_all(fence, flusher):
    users = [CALLER, OTHER, OWNER, "sys"]
    clients = [connect(fence, user) for user in users
               for _ in range(PER_USER)]
    wait_for_helper(flusher, IN_ALL)
    client = connect(fence, "games")
    assert answers(client) == [BUSY]
    for client in clients:
        client.close()
    assert fence.call(ONE, user="games").status == 0


def test_an_interrupt_while_it_waits_for_its_turn(fence, flusher):
    calls = [fence.begin(ONE) for _ in range(PER_USER)]
    wait_for_helper(flusher, PER_USER)
    waiting = fence.begin(ONE)
    time.sleep(0.3)
    waiting.terminate()
    status, _, stderr = end(waiting)
    assert status == 75
    assert re.fullmatch("sendmail: interrupted.*\n", stderr)
    for call in calls:
        call.kill()
        call.wait()
        call.communicate()
    wait_for_helper(flusher, 0)
    assert fence.spool.names() == []


NO_SESSION = {
    "interrupted": lambda flusher, call: call.terminate(),
    "onehop-flush does not answer": lambda flusher, call: flusher.kill(),
}


@pytest.mark.parametrize("why", NO_SESSION)
def test_a_client_of_smtp_is_told_why_there_is_no_session(fence, flusher, why):
    """It waits for a greeting, and may have no eye for our status."""
    calls = [fence.begin(ONE) for _ in range(PER_USER)]
    wait_for_helper(flusher, PER_USER)
    client = fence.begin("-bs")
    time.sleep(0.3)
    NO_SESSION[why](flusher, client)
    status, stdout, stderr = end(client, SMTP)
    assert status == 75
    assert re.fullmatch(f"421 4.3.2 {why}.*\r\n", stdout)
    assert re.fullmatch(f"sendmail: {why}.*\n", stderr)
    for call in calls:
        assert end(call, LETTER) == (0, "", "")
    assert len(fence.spool.names("new")) == PER_USER


def test_a_client_of_smtp_is_told_that_its_helper_died(fence, flusher):
    client = fence.begin("-bs")
    assert client.stdout.readline().startswith(b"220 ")
    [pid] = helpers(flusher)
    os.kill(pid, signal.SIGKILL)
    status, stdout, _ = end(client)
    assert status == 75
    assert re.fullmatch("421 4.3.2 the helper .*\r\n", stdout)


def test_without_a_flusher_a_client_of_smtp_is_told_so(fence):
    fence.flush()
    result = fence.call("-bs", input=SMTP)
    assert (result.status, result.stderr) == (0, "")
    assert re.search("\n451 4.3.0 .*(?i:permission denied).*onehop-flush.*\n"
                     "221 2.0.0 Bye", result.stdout)
    assert fence.spool.names() == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM,
                                    signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("octets", [b"", b"Sub", LETTER], ids=len)
def test_a_caller_that_ends_in_mid_message(fence, flusher, number, octets):
    """Nothing is queued, though its message can still be read."""
    reader, writer = os.pipe()
    call = subprocess.Popen(fence.command(ONE), stdin=reader, cwd="/",
                            stderr=subprocess.PIPE, env=environment())
    os.close(reader)
    wait_for_helper(flusher)
    os.write(writer, octets)
    if octets == LETTER:
        wait_for_draft(fence)
    else:
        time.sleep(0.2)
    call.send_signal(number)
    _, stderr = call.communicate(timeout=60)
    wait_for_helper(flusher, 0)
    os.close(writer)
    assert fence.spool.names() == []
    if number == signal.SIGKILL:
        assert call.returncode == -signal.SIGKILL
    else:
        assert call.returncode == 75
        assert re.fullmatch(b"sendmail: interrupted .*\n", stderr)
    assert not flusher.log.lines("died")


def test_an_ignored_signal_stays_ignored(fence, flusher):
    call = fence.begin(ONE, preexec_fn=lambda: signal.signal(
        signal.SIGHUP, signal.SIG_IGN))
    wait_for_helper(flusher)
    time.sleep(0.2)
    call.send_signal(signal.SIGHUP)
    assert end(call, LETTER) == (0, "", "")


def test_the_flusher_is_killed_while_a_helper_works(fence, flusher):
    call = fence.begin(ONE)
    call.stdin.write(LETTER)
    call.stdin.flush()
    wait_for_draft(fence)
    flusher.kill()
    assert end(call, b"more\n") == (0, "", "")
    assert fence.spool.message("new").endswith(b"text\r\nmore\r\n")


def test_the_flusher_stops_and_another_starts_while_a_helper_works(
        fence, flusher):
    call = fence.begin(ONE)
    call.stdin.write(LETTER)
    call.stdin.flush()
    wait_for_draft(fence)
    assert flusher.stop() == 0
    fence.start()
    assert fence.call(TWO).status == 0
    assert end(call, b"more\n") == (0, "", "")
    assert len(fence.spool.names("new")) == 2


def test_a_helper_that_is_killed(fence, flusher):
    call = fence.begin(ONE)
    call.stdin.write(LETTER)
    call.stdin.flush()
    wait_for_draft(fence)
    [pid] = helpers(flusher)
    os.kill(pid, signal.SIGKILL)
    status, _, stderr = end(call)
    assert status == 75
    assert re.fullmatch("sendmail: .*onehop-flush.*\n", stderr)
    assert fence.spool.names("new") == []
    flusher.log.wait_for("a helper for uid .* died of signal 9")


def test_a_helper_that_runs_out_of_memory_says_so(fence, flusher):
    """The status of a fatal error arrives, too."""
    call = fence.begin("-t")
    [pid] = wait_for_helper(flusher)
    wait_until(lambda: len(os.listdir(f"/proc/{pid}/fd")) >= 4, "its request")
    wait_until(lambda: b"SigCgt" in pathlib.Path(
        f"/proc/{pid}/status").read_bytes() and int(re.search(
            r"SigCgt:\s+(\w+)", pathlib.Path(f"/proc/{pid}/status")
            .read_text())[1], 16) >> (signal.SIGIO - 1) & 1, "it to watch")
    usage = int(re.search(r"VmData:\s+(\d+)", pathlib.Path(
        f"/proc/{pid}/status").read_text())[1])
    limit = (usage + 1024) * 1024
    if b"__asan_init" in fence.program.read_bytes():
        pytest.skip("not with AddressSanitizer")
    result = run([*no_privileges(OWNER), "prlimit", f"--pid={pid}",
                  f"--data={limit}"])
    assert (result.status, result.stderr) == (0, "")
    with pytest.raises(BrokenPipeError):
        call.stdin.write(b"X: " + b"x" * 8000000)
    call.stdin = None
    status, _, stderr = end(call)
    assert status == 75
    assert re.fullmatch("sendmail: .*memory.*\n", stderr)
    assert fence.spool.names() == []


def test_what_a_helper_has(fence, flusher):
    """Its streams, the connection, and a small environment."""
    call = fence.begin(ONE, user=OTHER)
    [pid] = wait_for_helper(flusher)
    proc = pathlib.Path(f"/proc/{pid}")
    streams = [os.readlink(f"/proc/{call.pid}/fd/{fd}") for fd in range(3)]
    wait_until(lambda: [os.readlink(proc / f"fd/{fd}")
                        for fd in range(3)] == streams, "the streams")
    # It opens and closes files before it reads.
    wait_until(lambda: sorted(os.listdir(proc / "fd")) ==
               ["0", "1", "2", "3"], "no other descriptor")
    names = {line.partition(b"=")[0] for line in
             (proc / "environ").read_bytes().split(b"\0") if line}
    assert names <= {b"PATH", b"TZ", b"ONEHOP_SBINDIR", b"ONEHOP_LIBEXECDIR"}
    status = (proc / "status").read_text()
    assert re.search(rf"Uid:\t{fence.owner.pw_uid}\t", status)
    assert os.getsid(pid) == pid
    assert end(call, LETTER) == (0, "", "")
    wait_for_helper(flusher, 0)


def test_the_flusher_reads_nothing_and_relays_on(fence, smarthost):
    """Ten who hold a helper each, and many who wait: mail still goes out."""
    host = smarthost()
    fence.use(host, tls_ca_file=fence.ca)
    flusher = fence.start()
    calls = [fence.begin(ONE) for _ in range(PER_USER + 10)]
    wait_for_helper(flusher, PER_USER)
    fence.submit(TWO)
    flusher.log.wait_for("removed")
    for call in calls:
        call.kill()
        call.communicate()


def test_the_terminal_is_the_callers(fence, flusher):
    """A message typed in; the end of file is the terminal's."""
    leader, follower = os.openpty()
    call = subprocess.Popen(fence.command(ONE), stdin=follower,
                            stderr=subprocess.PIPE, cwd="/",
                            env=environment(), start_new_session=True)
    os.close(follower)
    wait_for_helper(flusher)
    os.write(leader, b"Subject: x\n\ntyped\n\x04")
    _, stderr = call.communicate(timeout=60)
    assert (call.returncode, stderr) == (0, b"")
    os.close(leader)
    assert fence.spool.message("new").endswith(b"typed\r\n")


def check_mailq(text):
    """What the monitoring plugin reads, as sendmail's and as Postfix's."""
    last = text.splitlines()[-1]
    total = re.search(r"(?mi)^\s+Total\sRequests:\s(\d+)$", text)
    if last == "Mail queue is empty":
        assert not total
        return 0
    assert int(total[1]) == int(re.search(r"Kbytes in (\d+)", last)[1])
    return int(total[1])


@pytest.fixture
def queue(fence, flusher):
    fence.call("-f", "mine@example.com", "mine@example.net")
    fence.call("-f", "mine@example.com", "mine-too@example.net")
    fence.call("-f", "other@example.com", "other@example.net", user=OTHER)
    fence.submit("-f", "root@example.com", "root@example.net")
    assert len(fence.spool.names("new")) == 4
    return fence


def addresses(text):
    return set(re.findall(r"[-a-z]+@example\.\w+", text))


def test_mailq_shows_a_user_his_own_messages(queue):
    result = queue.list_queue()
    assert (result.status, result.stderr) == (0, "")
    assert addresses(result.stdout) == {
        "mine@example.com", "mine@example.net", "mine-too@example.net"}
    assert result.stdout.startswith("-Queue ID-")
    assert check_mailq(result.stdout) == 4


def test_mailq_counts_for_who_has_none(queue):
    result = queue.list_queue(user="games")
    assert (result.status, result.stderr) == (0, "")
    assert addresses(result.stdout) == set()
    assert check_mailq(result.stdout) == 4
    assert len(result.stdout.splitlines()) == 2


def test_mailq_in_json(queue):
    result = queue.list_queue("-j")
    assert (result.status, result.stderr) == (0, "")
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["recipients"] for row in found] == [
        [{"address": "mine@example.net"}],
        [{"address": "mine-too@example.net"}]]
    assert queue.list_queue("-j", user="games").stdout == ""


def test_mailq_shows_root_and_the_owner_all(queue):
    result = queue.mailq()
    assert len(addresses(result.stdout)) == 7
    assert check_mailq(result.stdout) == 4
    owner = queue.list_queue(user=OWNER)
    assert len(addresses(owner.stdout)) == 7


def test_mailq_takes_what_sendmails_takes(queue):
    for arguments in (["-Ac"], ["-v"], ["-Am", "-v"]):
        result = queue.list_queue(*arguments)
        assert (result.status, check_mailq(result.stdout)) == (0, 4)


def test_mailq_of_an_empty_queue(fence, flusher):
    result = fence.list_queue()
    assert (result.status, result.stdout) == (0, "Mail queue is empty\n")
    assert check_mailq(result.stdout) == 0


def test_mailq_without_a_flusher(queue, flusher):
    flusher.stop()
    result = queue.list_queue()
    assert (result.status, result.stdout) == (69, "")
    assert re.fullmatch("mailq: .*onehop-flush.*not running\n", result.stderr)


def test_mailq_tells_when_the_configuration_is_wrong(queue, flusher):
    good = queue.configuration.read_text()
    queue.configuration.write_text(good + "nonsense yes\n")
    status, printed = ask(queue, "mailq")
    queue.configuration.write_text(good)
    assert status == 78
    assert "nonsense" in printed and not addresses(printed)


def test_mailq_is_ended_with_its_caller(queue, flusher):
    """Somebody who reads nothing holds no helper."""
    for number in range(300):
        name = f"{0x66000000_00000 + number:013X}"
        path = queue.spool.only("new") if number < 0 else None
        source = queue.spool.files("new")[0]
        copy = queue.spool.path / "new" / name
        shutil.copy(source, copy)
        os.chown(copy, queue.owner.pw_uid, -1)
        assert path is None
    reader, writer = os.pipe()
    call = subprocess.Popen(
        [*no_privileges(), program("mailq"), "-C",
         str(queue.configuration)], stdout=writer, cwd="/",
        env=environment())
    os.close(writer)
    wait_until(lambda: select.select([reader], [], [], 0)[0], "some output")
    time.sleep(0.3)
    call.kill()
    call.wait()
    wait_for_helper(flusher, 0)
    os.close(reader)
    assert not flusher.log.lines("died")


SECRET = "secret@example.net"


@pytest.fixture
def refused(fence, smarthost):
    """A queue that waits, for a reason with an address in it."""
    host = smarthost(script={"greeting": reply(f"554 5.7.1 <{SECRET}> no")})
    fence.use(host, tls_ca_file=fence.ca, relay_retry_min="1h",
              relay_retry_max="1h")
    flusher = fence.start()
    fence.call("other@example.net", user=OTHER)
    flusher.log.wait_for("all mail waits")
    return fence


def test_status_for_anybody(refused):
    """He learns how it is, and nobody's address."""
    result = refused.control("status")
    assert (result.status, result.stderr) == (1, "")
    assert "cannot send since" in result.stdout
    assert "the smarthost refuses; 1 message waits" in result.stdout
    assert " | waiting=1;;;0 oldest=" in result.stdout
    assert addresses(result.stdout) == set()
    assert refused.control("status", "-K", "1").status == 2
    for whole in (refused.ctl("status"), refused.control("status", user=OWNER)):
        assert whole.status == 1 and SECRET in whole.stdout


def test_what_the_smarthost_says_is_in_no_file_for_anybody(refused):
    path = refused.spool.path / "relay"
    assert SECRET in path.read_text()
    result = run([*no_privileges(), "cat", path])
    assert (result.status, result.stdout) == (1, "")


def test_metrics_for_anybody(refused):
    result = refused.control("metrics")
    assert (result.status, result.stderr) == (0, "")
    assert result.stdout == refused.ctl("metrics").stdout
    assert 'failures_total{reason="refused"} 1\n' in result.stdout
    assert 'onehop_queue_messages{state="new"} 1\n' in result.stdout
    assert addresses(result.stdout) == set()


def test_without_a_flusher_nobody_learns_more(refused):
    refused.flushers[-1].stop()
    result = refused.control("status")
    assert (result.status, result.stdout) == (
        2, "ONEHOP CRITICAL: onehop-flush is not running\n")
    result = refused.control("status", "-d")
    assert result.status == 3 and "not running" in result.stdout
    result = refused.control("metrics")
    assert (result.status, result.stdout) == (69, "")
    assert re.fullmatch("onehopctl: .*onehop-flush.*not running\n",
                        result.stderr)


PASS = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.argv[2], sys.argv[2:])
"""


def test_a_socket_that_was_passed(fence, flusher, smarthost):
    """A service manager listens; the flusher comes and goes on demand."""
    flusher.stop()      # it has made the spool
    fence.use(smarthost(), tls_ca_file=fence.ca)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(fence.socket))
        fence.socket.chmod(0o666)
        listener.listen()
        for number in range(2):
            process = fence.begin(ONE)
            assert select.select([listener], [], [], 60)[0]
            flusher = fence.flusher(
                "-e", pass_fds=[listener.fileno()],
                prefix=["/usr/bin/python3", "-c", PASS,
                        str(listener.fileno())])
            assert end(process, LETTER) == (0, "", "")
            assert flusher.wait() == 0
            assert flusher.log.lines("status=sent")
            assert fence.socket.exists()


def test_a_service_that_may_not_change_its_uid(fence, flusher):
    """With SystemCallFilter=~@privileged, for instance."""
    if not shutil.which("strace") or sanitized():
        pytest.skip("needs strace, and a sanitizer does not like it")
    command = fence.command(ONE)
    at = command.index(str(fence.program))
    trace = ["strace", "-qq", "-o", "/dev/null", "-e",
             "inject=setuid,setreuid,setresuid:error=EPERM"]
    result = run([*command[:at], *trace, *command[at:]], LETTER, cwd="/")
    assert (result.status, result.stderr) == (0, "")
    assert fence.spool.entry("new").sender == f"{CALLER}@example.org"
