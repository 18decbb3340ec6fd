"""Two programs at once: one runs while the other stands at a system call.

Whatever sendmail says, the flusher has not sent it before; and a message that
onehopctl moves is in one place, whatever becomes of onehopctl.
"""

import collections
import shlex

import pytest

from harness import environment, program
from tracing import number_of, spread

ONE = "one@example.net"
FLUSHER = "a flusher beside sendmail at each call"
SAMPLE = 4


@pytest.fixture
def pair(fast_site, smarthost, tracer, tally):
    pair = Pair(fast_site, smarthost(tls="none", user=None), tracer, tally)
    yield pair
    assert not pair.failures, "\n".join(pair.failures)


class Pair:
    """sendmail, and a flusher -q while it stands still."""

    def __init__(self, site, host, tracer, tally):
        self.site, self.host = site, host
        self.tracer, self.tally = tracer, tally
        self.failures = []
        site.use(host)
        site.submit(ONE)
        site.spool.only("new").unlink()
        self.calls = self.submit().calls
        site.spool.only("new").unlink()

    def submit(self, **what):
        return self.tracer.run(
            [program("sendmail"), "-C", self.site.configuration, ONE],
            "sendmail", b"Subject: x\n\ntext\n", **what)

    def flusher(self):
        return shlex.join([program("onehop-flush"), "-C",
                           str(self.site.configuration), "-q"]) + \
            f" 2>>{self.site.directory}/log; test $? = 0 -o $? = 75"

    def attempt(self, call, deed):
        self.host.messages.clear()
        run = self.submit(at=call.index, deed=deed, during=self.flusher())
        early = len(self.host.messages)
        status, _ = self.site.flush()
        sent = len(self.host.messages)
        good = status == 0 and self.site.spool.names("new", "cur") == []
        if run.killed:
            good = good and sent <= 1
        else:
            good = good and sent == (run.status == 0)
        self.tally(FLUSHER, good)
        if not good:
            self.failures.append(
                f"{run.hits} {run.status} {run.stderr!r}: {early} sent then, "
                f"{sent} in all, {self.site.spool.names()}\n{run.command}")
        for path in self.site.spool.files("tmp"):
            path.unlink()


@pytest.mark.parametrize("deed", ["nothing", "kill-before", "kill-after",
                                  "EIO"])
def test_flusher_beside_sendmail(pair, everything, deed):
    """A sync that fails takes back what a flusher has seen already."""
    calls = [call for call in pair.calls if deed != "EIO" or
             call.name in ("fsync", "openat", "write", "renameat2")]
    renamed = next(call.index for call in calls if call.name == "renameat2")
    if not everything:
        calls = spread([call for call in calls if call.index >= renamed],
                       SAMPLE)
    if deed == "EIO":
        deed = f"fail={number_of('EIO')}"
    for call in calls:
        pair.attempt(call, deed)
