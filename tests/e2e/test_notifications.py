"""Notifications: who is told what of a message, when, and where it goes."""

import email
import email.policy
import os
import re
import shutil
import time

import pytest

from harness import sanitized, wait_until
from script import reply

ME, GOOD = "me@example.org", "good@example.net"
BAD, WORSE, LATER = "bad@example.net", "worse@example.net", "later@example.net"
NO = reply("550 5.1.1 no such user")
BUSY = reply("450 4.2.1 mailbox busy")
BODY = b"this is the body of the original"
TEXT = b"Subject: hello\nFrom: me@example.org\n\n" + BODY + b"\n"
DAYS = 24 * 60 * 60


class Notification:
    """One that arrived, parsed and checked for what all of them have."""

    def __init__(self, message):
        self.wire = message
        assert message.sender == ""
        for text in message.data.split(b"\r\n"):
            assert b"\r" not in text and b"\n" not in text
        self.mail = email.message_from_bytes(message.data,
                                             policy=email.policy.default)
        assert self.mail.get_content_type() == "multipart/report"
        assert self.mail.get_param("report-type") == "delivery-status"
        assert self.mail["Auto-Submitted"] == "auto-replied"
        assert "@" in self.mail["From"] and self.mail["Message-ID"]
        self.people, self.status, self.returned = self.mail.iter_parts()
        self.text = self.people.get_content()
        self.groups = self.status.get_payload()
        for part in self.mail.walk():
            assert part.defects == []

    @property
    def actions(self):
        """What became of whom."""
        return {group["Final-Recipient"].partition(";")[2].strip():
                group["Action"] for group in self.groups[1:]}

    def of(self, recipient):
        [group] = [group for group in self.groups[1:]
                   if group["Final-Recipient"].endswith(recipient)]
        return group

    @property
    def whole(self):
        kind = self.returned.get_content_type()
        assert kind in ("message/rfc822", "text/rfc822-headers")
        assert (BODY in self.wire.data) == (kind == "message/rfc822")
        return kind == "message/rfc822"


def notifications(host):
    return [Notification(m) for m in host.messages if m.sender == ""]


def only(host):
    [notification] = notifications(host)
    return notification


@pytest.fixture
def relayed(site, smarthost):
    """Gives a smarthost with that script, to which the site relays."""
    def relayed(keywords=("PIPELINING", "8BITMIME"), script=None, **settings):
        host = smarthost(keywords=list(keywords), script={
            f"rcpt:{BAD}": NO, f"rcpt:{WORSE}": NO, **(script or {})})
        site.use(host, **settings)
        return host

    return relayed


def age(site, seconds, *states):
    """Makes the messages there older by so much: the ID is the arrival."""
    for path in site.spool.files(*states or ("new", "cur")):
        identity, dot, rest = path.name.partition(".")
        older = "%013X" % (int(identity, 16) - seconds * 10**6)
        path.rename(path.with_name(older + dot + rest))


def test_a_failure_is_told_at_once(site, relayed):
    host = relayed()
    site.submit("-f", ME, BAD, input=TEXT)
    [name] = site.spool.names("new")
    flusher = site.flusher()
    [line] = flusher.log.wait_for("sender non-delivery notification: ")
    wait_until(lambda: host.messages, "the notification")
    wait_until(lambda: not site.spool.names(), "an empty spool")
    told = only(host)
    assert told.wire.recipients == [ME]
    assert told.mail["To"] == ME
    assert told.actions == {BAD: "failed"}
    assert told.of(BAD)["Status"] == "5.1.1"
    assert "550 5.1.1 no such user" in told.of(BAD)["Diagnostic-Code"]
    assert "no such user" in told.text
    assert told.whole
    identity = line.rpartition(" ")[2]
    assert re.search(rf"onehop/bounce\[\d+\]: {name}: sender", line)
    flusher.log.wait_for(f"{identity}: to=<{ME}>.*status=sent")
    flusher.log.wait_for(f"{identity}: removed")
    flusher.log.wait_for(f"{name}: removed")
    assert identity != name


def test_those_who_fail_together_are_told_of_together(site, relayed):
    host = relayed(script={f"rcpt:{LATER}": [BUSY, NO]})
    site.submit("-f", ME, BAD, GOOD, LATER, WORSE)
    assert site.flush()[0] == 75
    assert only(host).actions == {BAD: "failed", WORSE: "failed"}
    entry = site.spool.entry("cur")
    assert entry.states == {BAD: "F", GOOD: "D", LATER: "-", WORSE: "F"}
    assert entry.told == {BAD: "F", GOOD: " ", LATER: " ", WORSE: "F"}
    assert site.flush()[0] == 0
    first, second = notifications(host)
    assert second.actions == {LATER: "failed"}
    assert first.mail["Message-ID"] != second.mail["Message-ID"]
    assert site.spool.names() == []


def test_what_expires_is_told_with_the_last_reason(site, relayed):
    host = relayed(script={f"rcpt:{LATER}": BUSY}, delay_warning="never")
    site.submit("-f", ME, BAD, LATER, input=TEXT)
    assert site.flush()[0] == 75
    assert only(host).actions == {BAD: "failed"}
    age(site, 5 * DAYS)
    assert site.flush()[0] == 0
    told = notifications(host)[1]
    assert told.actions == {LATER: "failed"}
    assert told.of(LATER)["Status"] == "4.4.7"
    assert "450 4.2.1 mailbox busy" in told.of(LATER)["Diagnostic-Code"]
    assert "mailbox busy" in told.text
    assert site.spool.names() == []


@pytest.mark.parametrize("asked, told", [
    ("never", False), ("failure", True), ("delay", False),
    ("success", False), ("success,failure", True)])
def test_a_failure_is_told_to_who_wants_it(site, relayed, asked, told):
    host = relayed()
    site.submit("-f", ME, "-N", asked, BAD)
    status, log = site.flush()
    assert status == 0 and site.spool.names() == []
    assert len(notifications(host)) == told
    assert len(log.lines("notification")) == told


@pytest.mark.parametrize("asked, dsn, told", [
    ("success", False, True), ("success,failure,delay", False, True),
    ("success", True, False), ("failure,delay", False, False),
    ("never", False, False), (None, False, False), (None, True, False)])
def test_success_is_told_where_nobody_else_will(site, relayed, asked, dsn,
                                                told):
    host = relayed(["PIPELINING", "8BITMIME"] + ["DSN"] * dsn)
    site.submit("-f", ME, *(["-N", asked] if asked else []), GOOD, input=TEXT)
    status, log = site.flush()
    assert status == 0 and site.spool.names() == []
    assert len(notifications(host)) == told
    if told:
        assert only(host).actions == {GOOD: "relayed"}
        assert not only(host).whole
        assert log.lines("sender delivery status notification")


def test_success_and_failure_are_told_apart(site, relayed):
    host = relayed(script={f"rcpt:{LATER}": [BUSY]}, delay_warning="1s")
    site.submit("-f", ME, "-N", "success,failure,delay", GOOD, BAD, LATER)
    age(site, 10)
    assert site.flush()[0] == 75
    assert sorted(list(each.actions.items())
                  for each in notifications(host)) == [
        [(BAD, "failed")], [(GOOD, "relayed")], [(LATER, "delayed")]]
    assert site.spool.entry("cur").told == {GOOD: "D", BAD: "F", LATER: "-"}
    assert site.flush()[0] == 0
    assert notifications(host)[3].actions == {LATER: "relayed"}
    assert len(notifications(host)) == 4


@pytest.mark.parametrize("ret, size, status, whole, kept", [
    (None, 100, "5.1.1", True, False),
    ("full", 100, "5.1.1", True, False),
    ("hdrs", 100, "5.1.1", False, False),
    (None, 300000, "5.1.1", False, True),
    ("full", 300000, "5.1.1", True, False),
    ("hdrs", 300000, "5.1.1", False, False),
    (None, 100, "5.3.4", False, True),
    (None, 100, "5.2.3", False, True),
    ("full", 100, "5.3.4", False, True),
    ("hdrs", 100, "5.3.4", False, False)])
def test_how_much_is_returned(site, relayed, ret, size, status, whole, kept):
    host = relayed(script={f"rcpt:{BAD}": reply(f"550 {status} no")})
    site.submit("-f", ME, *(["-R", ret] if ret else []), BAD,
                input=TEXT + b"line\n" * (size // 5))
    message = site.spool.message("new")
    [name] = site.spool.names("new")
    assert site.flush()[0] == 0
    told = only(host)
    assert told.whole == whole
    expected = message if whole else message.partition(b"\r\n\r\n")[0]
    assert expected in told.wire.data
    assert site.spool.names() == [name] * kept
    assert (name in told.text and "failed/" in told.text) == kept
    if kept:
        entry = site.spool.entry("failed")
        assert entry.message == message
        assert (entry.states, entry.told) == ({BAD: "F"}, {BAD: "F"})


def test_a_message_too_large_for_the_smarthost(site, relayed):
    host = relayed(["SIZE 20000"])
    site.submit("-f", ME, GOOD, input=TEXT + b"line\n" * 10000)
    assert site.flush()[0] == 0
    assert only(host).actions == {GOOD: "failed"}
    assert not only(host).whole
    assert len(site.spool.names("failed")) == 1


def test_eight_bit_is_declared_where_it_is(site, relayed):
    host = relayed()
    site.submit("-f", ME, BAD, input=TEXT + "ä\n".encode())
    site.submit("-f", ME, "-R", "hdrs", WORSE, input=TEXT + "ä\n".encode())
    assert site.flush()[0] == 0
    told = {each.actions.popitem()[0]: each for each in notifications(host)}
    assert "ä".encode() in told[BAD].wire.data
    assert told[BAD].wire.parameters.get("BODY") == "8BITMIME"
    assert told[WORSE].wire.data.isascii()
    assert "BODY" not in told[WORSE].wire.parameters


def test_who_is_not_there_is_not_told(site, relayed):
    host = relayed()
    site.submit("-f", "<>", BAD, WORSE, input=TEXT)
    [name] = site.spool.names("new")
    status, log = site.flush()
    assert status == 0 and host.messages == []
    assert site.spool.names() == site.spool.names("failed") == [name]
    assert log.lines(f"warning: {name}: could not be delivered to <{BAD}> "
                     "and 1 more, and it has no sender to be told: 550")
    assert log.lines(f"{name}: kept in failed/")
    assert not log.lines("notification")


def test_a_notification_is_never_answered(site, relayed):
    host = relayed(script={f"rcpt:{ME}": NO})
    site.submit("-f", ME, BAD, input=TEXT)
    status, log = site.flush()
    assert status == 0 and host.messages == []
    assert len(log.lines("non-delivery notification")) == 1
    [line] = log.lines(f"warning: .*could not be delivered to <{ME}>")
    [name] = site.spool.names()
    assert site.spool.names("failed") == [name]
    entry = site.spool.entry("failed")
    assert entry.sender == "" and entry.states == {ME: "F"}
    assert b"Final-Recipient: rfc822; bad@example.net" in entry.message
    assert name in line and name in site.ctl("list").stdout
    assert site.flush()[0] == 0
    assert site.spool.names("failed") == [name]


def test_a_notification_has_a_lifetime_of_its_own(site, relayed):
    """And nobody is told that it is late."""
    host = relayed(script={f"rcpt:{ME}": BUSY}, delay_warning="1s")
    site.submit("-f", ME, BAD)
    assert site.flush()[0] == 75
    age(site, 10)
    status, log = site.flush()
    assert status == 75 and not log.lines("notification")
    age(site, 5 * DAYS)
    status, log = site.flush()
    assert status == 0 and host.messages == []
    assert log.lines(f"to=<{ME}>.*dsn=4.4.7, status=bounced")
    assert len(site.spool.names("failed")) == 1


def test_it_goes_where_mail_to_the_sender_goes(site, relayed):
    aliases = site.directory / "aliases"
    aliases.write_text("root: ops, boss@example.com\nops: ops@example.com\n")
    name = os.uname().nodename
    host = relayed(aliases=aliases, domain=name, admin="admin@example.com")
    site.submit("-f", "root", BAD)
    site.submit("-f", "www-data", WORSE)
    assert site.flush()[0] == 0
    told = {each.actions.popitem()[0]: each for each in notifications(host)}
    assert told[BAD].wire.recipients == ["ops@example.com",
                                         "boss@example.com"]
    assert told[BAD].mail["To"] == f"root@{name}"
    assert told[WORSE].wire.recipients == ["admin@example.com"]
    assert told[WORSE].mail["From"].endswith(f"@{name}>")
    assert site.spool.names() == []


def test_a_system_account_has_no_mailbox_elsewhere(site, relayed, root):
    """So what root and the like are told goes to admin; others as it stands."""
    host = relayed(domain="example.com", admin="admin@example.com")
    for sender in ("root", "me@example.com", "root@example.net"):
        site.submit("-f", sender, BAD)
    assert site.flush()[0] == 0
    assert sorted(each.wire.recipients for each in notifications(host)) == [
        ["admin@example.com"], ["me@example.com"], ["root@example.net"]]


@pytest.mark.parametrize("name", ["aliases", "/etc/mailname"])
def test_a_file_that_cannot_be_read_now(site, relayed, name):
    """It waits, instead of going where it would go without that file."""
    if not shutil.which("strace") or sanitized():
        pytest.skip("needs strace, and no sanitizers")
    aliases = site.directory / "aliases"
    aliases.write_text("me: ops@example.com\n")
    host = relayed(aliases=aliases,
                   domain="example.org" if name == "aliases" else None)
    site.submit("-f", ME, BAD)
    flusher = site.flusher("-q", prefix=[
        "strace", "-o", "/dev/null", "-P", site.directory / name, "-e",
        "inject=openat:error=EMFILE"])
    assert flusher.wait() == 75
    assert flusher.log.lines("cannot find out who is to be told")
    assert not notifications(host)
    assert site.flush()[0] == 0
    [told] = notifications(host)
    assert told.wire.recipients == (
        ["ops@example.com"] if name == "aliases" else [ME])


def test_it_is_his_who_submitted_the_message(site, relayed, root):
    """So a user's failures take up his turns only, and mailq shows him."""
    relayed(script={f"rcpt:{ME}": BUSY})
    site.submit("-f", ME, BAD)
    os.chown(site.spool.only("new"), 4711, -1)
    site.flush()
    assert site.spool.entry("cur").seal["uid"] == "4711"
    assert site.spool.only("cur").stat().st_uid == os.geteuid()


def test_nobody_is_told_what_became_of_it(site, relayed):
    host = relayed(["DSN"])
    site.submit("-f", ME, BAD)
    site.flush()
    assert only(host).wire.asked[ME] == {"NOTIFY": "NEVER"}


@pytest.mark.parametrize("setting, warned", [("1h", 1), ("2h", 0),
                                             ("never", 0)])
def test_a_delay_is_told_once(site, relayed, setting, warned):
    host = relayed(script={f"rcpt:{LATER}": [BUSY] * 3},
                   delay_warning=setting)
    site.submit("-f", ME, LATER, GOOD, input=TEXT)
    assert site.flush()[0] == 75 and len(host.messages) == 1
    age(site, 3700)
    for number in range(2):
        assert site.flush()[0] == 75
        assert len(notifications(host)) == warned
    if warned:
        told = only(host)
        assert told.actions == {LATER: "delayed"}
        assert told.of(LATER)["Status"] == "4.2.1"
        assert told.of(LATER)["Will-Retry-Until"]
        assert not told.whole
        assert site.spool.entry("cur").told[LATER] == "-"
    assert site.flush()[0] == 0
    assert len(notifications(host)) == warned
    assert site.spool.names() == []


@pytest.mark.parametrize("asked, warned", [
    ("never", 0), ("failure", 0), ("delay", 1), ("failure,delay", 1)])
def test_a_delay_is_told_to_who_wants_it(site, relayed, asked, warned):
    host = relayed(script={f"rcpt:{LATER}": BUSY}, delay_warning="1s")
    site.submit("-f", ME, "-N", asked, LATER)
    age(site, 10)
    assert site.flush()[0] == 75
    assert len(notifications(host)) == warned


def test_who_was_warned_is_told_of_the_end(site, relayed):
    host = relayed(script={f"rcpt:{LATER}": [BUSY, NO]}, delay_warning="1s")
    site.submit("-f", ME, LATER)
    age(site, 10)
    assert site.flush()[0] == 75
    assert site.flush()[0] == 0
    assert [each.actions[LATER] for each in notifications(host)] == [
        "delayed", "failed"]


def test_nobody_is_warned_while_the_smarthost_is_down(site, relayed):
    host = relayed(delay_warning="1s")
    site.submit("-f", ME, GOOD)
    age(site, 10)
    before = site.spool.fingerprint()
    host.stop()
    assert site.flush()[0] == 75
    assert site.spool.fingerprint() == before


def test_requiretls_holds_for_the_notification(site, relayed):
    """RFC 8689, section 5."""
    host = relayed(["PIPELINING", "REQUIRETLS"])
    site.submit("-f", ME, "-O", "RequireTLS", BAD, input=TEXT)
    assert site.flush()[0] == 0
    told = only(host)
    assert "REQUIRETLS" in told.wire.parameters
    assert not told.whole
    assert len(site.spool.names("failed")) == 1


def test_a_thousand_at_a_time(site, relayed):
    """More than that are told in more than one."""
    host = relayed(script={"rcpt": [NO] * 2500})
    many = [f"user{number}@example.net" for number in range(2500)]
    site.submit("-f", ME, "-R", "hdrs", *many)
    assert site.flush()[0] == 0
    told = notifications(host)
    assert sorted(len(each.actions) for each in told) == [500, 1000, 1000]
    assert sorted(name for each in told for name in each.actions) == \
        sorted(many)
    assert site.spool.names() == []


@pytest.fixture
def left(site, relayed):
    """A notification as a crash leaves it in tmp/; its original is gone."""
    relayed(script={f"rcpt:{ME}": [BUSY]})
    site.submit("-f", ME, BAD)
    site.flush()
    path = site.spool.only("cur")
    own = path.name.partition(".")[0]
    return path.rename(site.spool.path / "tmp" /
                       f"0000000000001.failed.1.{own}")


def test_what_a_crash_left_goes_out_without_its_original(site, left):
    status, log = site.flush()
    assert status == 0 and site.spool.names() == []
    assert log.lines("onehop/bounce.*: 0000000000001: sender non-delivery "
                     f"notification: {left.name[-13:]}")
    assert log.lines(f"{left.name[-13:]}: to=<{ME}>.*status=sent")


def test_what_is_not_whole_is_removed(site, left):
    os.truncate(left, left.stat().st_size - 1)
    status, log = site.flush()
    assert status == 0 and site.spool.names() == []
    assert log.lines("unfinished notification") and not log.lines("status=")


def test_a_name_that_is_taken_is_not_replaced(site, left):
    other = site.spool.path / "new" / left.name[-13:]
    other.write_bytes(b"onehop 1\n")
    status, log = site.flush()
    assert status == 0 and log.lines(f"to=<{ME}>.*status=sent")
    assert site.spool.names() == [other.name]       # in corrupt/
    assert not log.lines(f"{other.name}: to=")


def test_what_another_user_plants_there_is_none(site, left, root):
    os.chown(left, 4711, -1)
    status, log = site.flush()
    assert status == 0 and not log.lines("notification|status=")
    assert site.spool.names() == [left.name]
    # And goes as all that is left there does.
    os.utime(left, (1, 1))
    site.flush()
    assert site.spool.names() == []


def test_failed_messages_are_removed_after_thirty_days(site, relayed):
    relayed()
    for recipient in (BAD, WORSE):
        site.submit("-f", "<>", recipient)
        site.flush()
    first, second = site.spool.files("failed")
    now = time.time()
    os.utime(first, (now, now - 30 * DAYS + 3600))
    os.utime(second, (now, now - 30 * DAYS))
    flusher = site.flusher()
    flusher.log.wait_for(f"{second.name}: removed from failed/ after 30 days")
    flusher.stop()
    assert site.spool.names() == [first.name]
    assert not flusher.log.lines(first.name)


def test_onehopctl_shows_what_was_told(site, relayed):
    relayed(script={f"rcpt:{LATER}": BUSY}, delay_warning="1s")
    site.submit("-f", ME, BAD, LATER)
    age(site, 10)
    site.flush()
    [name] = site.spool.names("cur")
    shown = site.ctl("show", name.partition(".")[0]).stdout
    assert f"<{BAD}> failed (told): 5.1.1" in shown
    assert f"<{LATER}> due (delay told): 4.2.1" in shown
