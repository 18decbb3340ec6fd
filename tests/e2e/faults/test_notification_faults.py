"""The flusher is killed, or fails, at each step of making a notification:
the sender is told exactly once, and nothing is lost.

Copies of the same notification, which it sends again when it is killed before
it has written down that it arrived, are one: its text was made once, which
its boundary shows.
"""

import itertools
import shutil
import signal

import pytest

from harness import sanitized
from script import reply

ME, GOOD, BAD, LATER = ("me@example.org", "good@example.net",
                        "bad@example.net", "later@example.net")
DURABLE = ("fsync", "fdatasync", "pwrite64", "renameat2", "unlinkat")
ALL = (*DURABLE, "openat", "write", "pread64", "fchmod", "sendmsg",
       "getdents64")
KILL = f"signal={int(signal.SIGKILL)}"


@pytest.fixture
def told(site, smarthost):
    """Does it to a flusher that makes two notifications, and what follows."""
    if not shutil.which("strace"):
        pytest.skip("strace is not installed")
    if sanitized():
        pytest.skip("LeakSanitizer does not work under strace")
    host = smarthost(script={f"rcpt:{BAD}": reply("550 5.1.1 no such user"),
                             f"rcpt:{LATER}": reply("450 4.2.1 busy")})
    site.use(host, delay_warning="1s")
    numbers = itertools.count()

    def flush(call, fault, when):
        flusher = site.flusher("-q", prefix=[
            "strace", "-o", str(site.directory / "trace"), "-e",
            f"trace={call}", "-e", f"inject={call}:{fault}:when={when}"])
        flusher.wait()
        return flusher.log.text()

    def inject(call, fault, when, first=None):
        number = next(numbers)
        site.submit("-f", ME, GOOD, BAD, LATER,
                    input=b"Subject: <%d>\n\ntext\n" % number)
        age(site, 10)
        if first:
            flush(first, KILL, 1)
            assert site.spool.names("tmp")
        log = flush(call, fault, when)
        log += site.flush()[1].text()
        # To be seen to at the end of its lifetime.
        age(site, 5 * 24 * 60 * 60)
        site.flush()
        site.flush()
        mine = [m for m in host.messages
                if b"Subject: <%d>\r\n" % number in m.data]
        reports = sorted(kind(text) for text in {
            m.data for m in mine if m.sender == ""})
        trace = (site.directory / "trace").read_text()
        happened = "INJECTED" in trace or "SIGKILL" in trace
        return happened, reports, [m for m in mine if m.sender], log

    return inject


def age(site, seconds):
    for path in site.spool.files("new", "cur"):
        identity, dot, rest = path.name.partition(".")
        entry = path.read_bytes()
        if b"from <>" in entry:
            continue
        older = "%013X" % (int(identity, 16) - seconds * 10**6)
        path.rename(path.with_name(older + dot + rest))


def kind(report):
    [action] = {line for line in report.split(b"\r\n")
                if line.startswith(b"Action: ")}
    return action.partition(b" ")[2].decode()


def survives(told, site, tally, row, *arguments, **options):
    """Each time one call later, until there was none any more."""
    for when in itertools.count(1):
        happened, reports, originals, log = told(*arguments, when, **options)
        if not happened:
            break
        survived = reports == ["delayed", "failed", "failed"] and originals \
            and site.spool.names() == []
        tally(row, survived)
        assert survived, (arguments, when, reports, site.spool.names(), log)
    assert when > 1


@pytest.mark.parametrize("call", ALL)
def test_killed(told, site, tally, everything, call):
    if not everything and call not in ("pwrite64", "renameat2"):
        pytest.skip("make check-faults")
    survives(told, site, tally, "kill -9 while a notification is made",
             call, KILL)


@pytest.mark.parametrize("call", DURABLE)
def test_killed_again(told, site, tally, everything, call):
    """While it goes on with what a first crash has left in tmp/."""
    if not everything and call != "renameat2":
        pytest.skip("make check-faults")
    survives(told, site, tally, "kill -9 again, after such a crash",
             call, KILL, first="renameat2")


@pytest.mark.parametrize("call", [*DURABLE, "write"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_errors(told, site, tally, everything, error, call):
    if not everything and (error, call) not in (
            ("ENOSPC", "fdatasync"), ("EIO", "renameat2")):
        pytest.skip("make check-faults")
    survives(told, site, tally, f"{error} while a notification is made",
             call, f"error={error}")
