"""The files of the spool: names, modes, states, seal; and what is no message.

onehop-spool(5) is the specification.
"""

import os
import re
import subprocess
import time
import zlib

import pytest

from harness import Entry, body, environment, program
from script import reply

ONE, TWO = "one@example.net", "two@example.net"


@pytest.fixture
def relay(site, smarthost):
    host = smarthost()
    site.use(host)
    return host


def test_the_directories_are_made_when_they_are_missing(site):
    assert not site.spool.path.exists()
    site.submit(ONE)
    modes = {entry.name: entry.stat().st_mode & 0o7777
             for entry in site.spool.path.iterdir() if entry.is_dir()}
    assert (modes["tmp"], modes["new"]) == (0o3730, 0o3770)
    assert {modes[name] for name in ("cur", "hold", "failed", "corrupt")} == {
        0o700}
    assert site.spool.path.stat().st_mode & 0o7777 == 0o711


def test_the_name_is_the_arrival(site):
    before = time.time()
    site.submit(ONE)
    [name] = site.spool.names("new")
    assert re.fullmatch("[0-9A-F]{13}", name)
    assert before - 1 <= int(name, 16) / 1e6 <= time.time() + 1


def test_names_are_unique_and_ascend(site):
    for number in range(30):
        site.submit(ONE, input=b"Subject: %d\n\n" % number)
    subjects = [re.search(rb"Subject: (\d+)", path.read_bytes())[1]
                for path in site.spool.files("new")]
    assert subjects == [b"%d" % number for number in range(30)]


def test_submissions_at_once_do_not_collide(site):
    site.submit(ONE)
    processes = [subprocess.Popen(
        [program("sendmail"), "-C", site.configuration, ONE],
        stdin=subprocess.DEVNULL, env=environment()) for number in range(40)]
    assert [process.wait() for process in processes] == [0] * 40
    assert len(site.spool.names("new")) == 41
    assert site.spool.names("tmp") == []


def test_the_envelope(site):
    site.submit("-f", "me@example.com", ONE, TWO, input=b"Subject: x\n\nb\n")
    entry = site.spool.entry("new")
    assert entry.sender == "me@example.com"
    assert entry.states == {ONE: "-", TWO: "-"}
    assert entry.reasons == {ONE: "", TWO: ""}
    assert int(entry.seal["size"]) == len(entry.message)
    assert entry.seal["body"] == "7bit"
    assert int(entry.seal["uid"]) == os.getuid()
    assert site.spool.only("new").stat().st_mode & 0o777 == 0o660


def test_the_checksum(site):
    site.submit(ONE, TWO, input=b"Subject: x\n\nb\n")
    entry = site.spool.entry("new")
    seal, rest = entry.envelope[:59], entry.envelope[59:]
    assert seal.endswith(b"\n") and b"crc32" in seal
    covered = re.sub(rb"(?m)^to .{258} <", b"to  <", rest)
    crc = zlib.crc32(entry.message, zlib.crc32(covered))
    assert entry.seal["crc32"] == f"{crc:08X}"


def test_eight_bit_is_noted(site):
    site.submit(ONE, input=b"Subject: x\n\n\xe4\n")
    assert site.spool.entry("new").seal["body"] == "8bit"


def test_new_to_cur_to_gone(site, smarthost):
    host = smarthost(script={"mail": [reply("451 4.3.0 later")]})
    site.use(host)
    site.submit(ONE)
    [name] = site.spool.names("new")
    assert site.flush()[0] == 75
    [deferred] = site.spool.names()
    assert [deferred] == site.spool.names("cur")
    identity, _, due = deferred.partition(".")
    assert identity == name and int(due) >= int(time.time()) - 60
    assert site.spool.entry("cur").states == {ONE: "-"}
    assert "later" in site.spool.entry("cur").reasons[ONE]
    assert site.flush()[0] == 0
    assert site.spool.names() == []


def test_failed_recipients_keep_a_message_without_sender(site, smarthost):
    host = smarthost(script={f"rcpt:{TWO}": reply("550 5.1.1 no such user")})
    site.use(host)
    site.submit("-f", "<>", ONE, TWO)
    before = site.spool.entry("new")
    [name] = site.spool.names("new")
    status, _ = site.flush()
    assert status == 0
    assert [kept.partition(".")[0] for kept in site.spool.names()] == [name]
    failed = site.spool.entry("failed")
    assert failed.states == {ONE: "D", TWO: "F"}
    assert "no such user" in failed.reasons[TWO]
    assert failed.message == before.message
    assert failed.seal == before.seal


def damage(path, at, octets):
    with open(path, "r+b") as file:
        file.seek(at, os.SEEK_END if at < 0 else os.SEEK_SET)
        file.write(octets)


def truncate(path):
    os.truncate(path, path.stat().st_size - 1)


def extend(path):
    with open(path, "ab") as file:
        file.write(b"x")


@pytest.mark.parametrize("harm", [
    truncate, extend,
    lambda path: os.truncate(path, 0),
    lambda path: os.truncate(path, 100),
    lambda path: damage(path, -2, b"X"),
    lambda path: damage(path, 0, b"X"),
    lambda path: damage(path, 15, b"9"),
    lambda path: path.write_bytes(
        path.read_bytes().replace(b"<one@", b"<0ne@")),
    lambda path: path.write_bytes(
        path.read_bytes().replace(b"<one@example.net>",
                                  b"<one@ex\rmple.net>")),
    lambda path: path.write_bytes(b"\0" * path.stat().st_size),
], ids=["truncated", "extended", "empty", "envelope cut", "text changed",
        "magic changed", "size changed", "recipient changed", "control",
        "zeroed"])
def test_a_torn_file_is_kept_and_never_sent(site, relay, harm):
    site.submit(ONE)
    path = site.spool.only("new")
    harm(path)
    content = path.read_bytes()
    site.submit(TWO)
    _, log = site.flush()
    kept = site.spool.only("corrupt")
    assert kept.read_bytes() == content
    assert kept.name.startswith(path.name)
    assert log.lines(path.name)
    assert [message.recipients for message in relay.messages] == [[TWO]]
    assert site.spool.names("new", "cur", "failed") == []


@pytest.mark.parametrize("name", ["junk", ".hidden", "0123456789ABC.",
                                  "0123456789abc", "x" * 200])
def test_a_file_that_is_no_message_harms_nobody(site, relay, name):
    site.submit(ONE)
    (site.spool.path / "new" / name).write_bytes(b"junk")
    _, log = site.flush()
    assert [message.recipients for message in relay.messages] == [[ONE]]
    [kept] = site.spool.files()
    assert kept.read_bytes() == b"junk"


def test_what_is_not_a_file_in_new_harms_nobody(site, relay):
    site.submit(ONE)
    new = site.spool.path / "new"
    (new / "0600000000001").mkdir()
    (new / "0600000000002").symlink_to("/etc/passwd")
    os.mkfifo(new / "0600000000003")
    os.link(new / site.spool.names("new")[-1], new / "0600000000004")
    site.flush()
    assert all(message.recipients == [ONE] for message in relay.messages)
    assert all(b"root:" not in message.data for message in relay.messages)


def forge(path, **changes):
    """Change the envelope and seal it again, as any user could."""
    entry = Entry.read(path)
    envelope = entry.envelope[59:]
    for old, new in changes.values():
        assert old in envelope
        envelope = envelope.replace(old, new)
    covered = re.sub(rb"(?m)^to .{258} <", b"to  <", envelope)
    crc = zlib.crc32(entry.message, zlib.crc32(covered))
    seal = re.sub(rb"crc32 \w{8}", b"crc32 %08X" % crc, entry.envelope[:59])
    path.write_bytes(seal + envelope + entry.message)


def test_the_uid_is_that_of_the_owner_of_the_file(site, relay, root):
    """And not what the file says, which its owner could have forged."""
    site.submit(ONE)
    path = site.spool.only("new")
    forge(path, uid=(b"uid 0\n", b"uid 4711\n"))
    os.chown(path, 4712, -1)
    _, log = site.flush()
    assert log.lines("uid=4712") and not log.lines("uid=4711")
    assert len(relay.messages) == 1


@pytest.mark.parametrize("address", [
    b"one@example.net>\rRCPT TO:<evil@example.net", b"one@exa\0mple.net",
    b"one@example.net> NOTIFY=NEVER", b"one two@example.net", b"", b"one@",
    b"one@example.net\x7f", b"<one@example.net>"])
def test_the_flusher_believes_no_address_in_the_file(site, relay, address):
    site.submit(ONE)
    forge(site.spool.only("new"),
          to=(b" <one@example.net>", b" <" + address + b">"))
    site.flush()
    assert relay.messages == []
    assert b"RCPT" not in [command.verb for command in relay.commands]
    assert len(site.spool.names("corrupt")) == 1


@pytest.mark.parametrize("once", [True, False], ids=["-q", "daemon"])
def test_a_message_from_the_future_is_sent_now(site, relay, once):
    """The clock was wrong when it came in."""
    site.submit(ONE)
    path = site.spool.only("new")
    arrival = int(path.name, 16) + 3600 * 10**6
    path.rename(path.with_name(f"{arrival:013X}"))
    flusher = site.flusher(*["-q"] * once)
    if once:
        assert flusher.wait() == 0
    else:
        flusher.log.wait_for("removed")
    assert len(relay.messages) == 1


def test_the_message_is_stored_as_it_goes_over_the_wire(site, relay):
    site.submit("-i", ONE, input=b"Subject: x\n\n.\n..\n.x\nend")
    stored = site.spool.message("new")
    assert body(stored) == b".\r\n..\r\n.x\r\nend\r\n"
    assert site.flush()[0] == 0
    assert relay.messages[0].data == stored


def test_leftovers_in_tmp_are_not_sent(site, relay):
    site.submit(ONE)
    path = site.spool.only("new")
    left = site.spool.path / "tmp" / "left"
    left.write_bytes(path.read_bytes())
    assert site.flush()[0] == 0
    assert len(relay.messages) == 1
    assert Entry.read(left).recipients == [ONE]
