"""sendmail stopped, or failed, at each system call that it makes.

Exit status 0 says that the message is in the spool: complete, once.  Any
other says that nothing is there that would be sent.
"""

import re
import signal

import pytest

from harness import program
from spooled import comparable
from tracing import (FAULTS, NAMES, REMOVALS, SHORTENED, SYNCS, WRITES, Judge,
                     deed_for, number_of, spread)

ONE, TWO, THREE = (f"{name}@example.net" for name in ("one", "two", "three"))
SAMPLE = 4              # faults of each kind, for each way to send
STATUSES = range(64, 79)

SMTP = (b"EHLO me\r\nMAIL FROM:<me@example.com>\r\nRCPT TO:<%s>\r\nDATA\r\n"
        b"Subject: x\r\n\r\ntext\r\n.\r\nQUIT\r\n" % ONE.encode())
WAYS = {
    "plain": ([ONE], b"Subject: x\n\ntext\n", [ONE]),
    "-t": (["-t"], b"To: one@example.net\nCc: two@example.net\n"
           b"Bcc: three@example.net\nSubject: x\n\ntext\n",
           [ONE, TWO, THREE]),
    "second pass": ([ONE], b"Subject: x\n\n\xc3\xa4\n" + b"x" * 1200 + b"\n",
                    [ONE]),
    "large": ([ONE], b"Subject: x\n\n" + b"0123456789abcde\n" * 20000, [ONE]),
    "aliases": (["staff"], b"Subject: x\n\ntext\n", [TWO, THREE]),
    "-bs": (["-bs"], SMTP, [ONE]),
}


class Submission(Judge):
    """One way to send, again and again, into an empty spool."""

    def __init__(self, site, tracer, tally, way):
        super().__init__(tally)
        self.site, self.tracer = site, tracer
        self.arguments, self.input, self.recipients = WAYS[way]
        self.smtp = way == "-bs"
        aliases = site.directory / "aliases"
        aliases.write_text(f"staff: {TWO}, three\nthree: {THREE}\n")
        site.configure(aliases=aliases)
        self.expected = None
        self.run()
        self.expected = self.sent()
        self.clear()
        self.calls = self.run().calls
        self.clear()
        self.main = self.first("getresgid")
        self.draft = self.first("create")
        self.synced = max(call.index for call in self.calls
                          if call.name in SYNCS)

    def first(self, kind):
        return next(call.index for call in self.calls if call.kind == kind)

    def run(self, **what):
        return self.tracer.run(
            [program("sendmail"), "-C", self.site.configuration,
             *self.arguments], "sendmail", self.input, **what)

    def sent(self):
        """What the flusher would take, if there is anything."""
        found = [comparable(path, self.recipients)
                 for path in self.site.spool.files("new")]
        assert len(found) <= 1
        assert self.site.spool.names("cur", "hold", "failed",
                                     "corrupt") == []
        return found[0] if found else None

    def clear(self):
        for path in self.site.spool.files("new", "tmp"):
            path.unlink()

    def choose(self, everything, fits):
        """Calls of main; for a sample, where there is something to lose."""
        calls = [call for call in self.calls if fits(call)]
        if everything:
            return calls
        calls = [call for call in calls if call.index >= self.draft]
        risky = [call for call in calls if call.index <= self.synced and
                 call.name in SYNCS | NAMES | WRITES]
        return spread(risky, SAMPLE) + spread(
            [call for call in calls if call not in risky], SAMPLE // 4)

    def failing(self, everything, error):
        """Before main the C library ends the program, if it goes wrong."""
        return self.choose(everything, lambda call: call.can_fail(error) and
                           call.index >= self.main)

    def check(self, run, deed):
        """The promise of the exit status, or of the reply."""
        sent = self.sent()
        if SYNCS & set(run.hits) and deed.startswith("fail"):
            assert not sent, "not durable"
            assert run.status != 0 or self.smtp, "status 0"
        assert sent in (None, self.expected), "another message"
        if self.smtp:
            reply = re.search(r"(?m)^354 .*\n([245])", run.stdout)
            assert reply is None or (reply[1] == "2") == bool(sent), "reply"
        elif run.status == 0:
            assert sent, "nothing sent"
            assert run.stdout + run.stderr == "", "words"
        elif not run.killed:
            assert not sent, "sent"
        if run.status == 0 or run.killed:
            return
        assert run.status in STATUSES, "status"
        if "write" not in run.hits:
            assert re.fullmatch("sendmail: .+\n", run.stderr), "words"
            assert str(self.site.spool.path) in run.stderr or \
                "the spool" not in run.stderr, "another spool"
        assert self.site.spool.names("tmp") == [], "tmp/"

    def attempt(self, row, **what):
        run = self.run(**what)
        if not run.hits:
            return
        try:
            self.judge(row, lambda: self.check(run, what["deed"]), lambda:
                       f"after {run.hits[0]}: {run.status} {run.stdout!r} "
                       f"{run.stderr!r} {self.site.spool.names()}\n"
                       f"{run.command}")
        finally:
            self.clear()


@pytest.fixture(params=WAYS)
def submission(fast_site, tracer, tally, request):
    submission = Submission(fast_site, tracer, tally, request.param)
    yield submission
    assert submission.failures == []


def test_kill(submission, everything):
    for call in submission.choose(everything, lambda call: True):
        for deed in ("kill-before", "kill-after"):
            submission.attempt("kill -9 at each call of sendmail",
                               at=call.index, deed=deed)


def test_error(submission, everything):
    for error in FAULTS:
        for call in submission.failing(everything, error):
            submission.attempt(f"{error} at each call of sendmail",
                               at=call.index, deed=deed_for(error, call))


def test_error_that_lasts(submission, everything):
    """But what is there can be removed."""
    for error in ("ENOSPC", "EDQUOT", "EMFILE", "ENOMEM"):
        names = (FAULTS[error] | {"openat"}) - REMOVALS
        counted = [call for call in submission.calls if call.name in names]
        for call in submission.failing(everything, error):
            if call in counted:
                submission.attempt(
                    f"{error} from each call of sendmail on", names=names,
                    at=counted.index(call) + 1, keep=True,
                    deed=f"fail={number_of(error)}")


def test_short_reads_and_writes(submission, everything):
    for call in submission.choose(
            everything, lambda call: call.name in SHORTENED and
            (call.result or 0) > 1):
        submission.attempt("a short length at each call of sendmail",
                           at=call.index, deed="short=1")


def test_signal(submission, everything):
    numbers = [signal.SIGHUP, signal.SIGINT, signal.SIGTERM]
    for number in numbers if everything else numbers[2:]:
        for call in submission.choose(everything, lambda call: True):
            submission.attempt("signals at each call of sendmail",
                               at=call.index, deed=f"signal={int(number)}")
