"""The flusher and its agents stopped, or failed, at each system call.

Nothing is lost, and what was sent twice had been sent whole before, by an
agent whose word of it did not arrive or could not be written down.
"""

import collections
import re
import shlex
import subprocess
import time

import pytest

from harness import program, wait_until
from script import reply
from tracing import (DONE_ANYWAY, FAULTS, SHORTENED, Judge, number_of,
                     one_of_each, spread)

ONE, TWO, LATER, THREE = (f"{name}@example.net"
                          for name in ("one", "two", "later", "three"))
FLUSHER, AGENT = "onehop-flush", "onehop-smtp"
CHILD = f"{FLUSHER}/child"
ROWS = {FLUSHER: "the flusher", AGENT: "the agent",
        CHILD: "a child of the flusher"}

# For a sample: what the flusher must not get wrong, and the words of an agent
# to it, of which there are so many that some are enough.
RISKY = {"recvmsg", "ppoll", "newfstatat", "fstat", "getdents64", "unlinkat",
         "pwrite64", "fdatasync", "renameat2"}
WORDS, SOME = {"sendmsg"}, 3
NO_MORE = 3             # restarts until everything must have been sent
WORD = {"write", "sendto"}      # what a line of the log is written with


class Queue(Judge):
    """Three messages: one has two recipients, one has been deferred."""

    def __init__(self, site, smarthost, tracer, tally):
        super().__init__(tally)
        self.site, self.tracer = site, tracer
        self.calls = {}
        self.host = smarthost(script={f"rcpt:{LATER}": self.defer})
        site.use(self.host, relay_retry_max="1s", timeout="20s")
        self.files = {}
        for number, recipients in enumerate([[ONE], [TWO, LATER], [THREE]]):
            site.submit(*recipients,
                        input=f"Subject: {number}\n\n{'x' * 99}\n".encode())
            path = site.spool.only("new")
            self.files[path.name] = path.read_bytes(), recipients
            path.unlink()
        self.deferred = path.name

    def defer(self, session):
        later, self.later = self.later, False
        return reply("450 4.2.1 later") if later else None

    def fill(self):
        self.later = True
        self.host.messages.clear()
        for path in self.site.spool.files():
            path.unlink()
        for name, (octets, _) in self.files.items():
            place = "new"
            if name == self.deferred:
                place, name = "cur", f"{name}.{int(time.time()) - 1}"
            path = self.site.spool.path / place / name
            path.write_bytes(octets)
            path.chmod(0o660)

    def flush(self, program_name, **what):
        return self.tracer.run(
            [program("onehop-flush"), "-C", self.site.configuration, "-q"],
            program_name, **what)

    def received(self):
        """How often each recipient has got each message, which is whole."""
        counts = collections.Counter()
        for message in list(self.host.messages):
            for name, (octets, recipients) in self.files.items():
                if octets.endswith(b"\n\n" + message.data):
                    assert set(message.recipients) <= set(recipients)
                    counts.update((name, each) for each in message.recipients)
                    break
            else:
                raise AssertionError(f"not whole: {message.data[:200]!r}")
        return counts

    def check(self, run):
        """After the fault and as many restarts as it may take."""
        if run.status == 0:
            assert self.site.spool.names("new", "cur") == [], "status 0"
        self.check_all_is_sent(run)

    def check_all_is_sent(self, run):
        for _ in range(NO_MORE):
            if self.site.spool.names("new", "cur") == []:
                break
            status, _ = self.site.flush()
            assert status in (0, 75)
        assert self.site.spool.names() == [], "not empty"
        counts = self.received()
        wanted = {(name, each) for name, (_, recipients) in
                  self.files.items() for each in recipients}
        assert set(counts) == wanted, "lost"
        assert "status=bounced" not in run.stderr
        for name in {name for name, each in counts
                     if counts[name, each] > 1}:
            assert f"{name}: removed" not in run.stderr, "twice"
            if run.status >= 0 and not WORD & set(run.hits):
                assert re.search(f"{name}: .*possible duplicate",
                                 run.stderr), "twice, and not said"

    def attempt(self, row, program_name, **what):
        self.fill()
        run = self.flush(program_name, **what)
        if run.hits:
            self.judge(row, lambda: self.check(run), lambda:
                       f"after {run.hits[0]}: {run.status}\n{run.stderr}\n"
                       f"{self.site.spool.names()} {self.received()}\n"
                       f"{run.command}")


@pytest.fixture
def queue(fast_site, smarthost, tracer, tally):
    queue = Queue(fast_site, smarthost, tracer, tally)
    yield queue
    assert not queue.failures, "\n".join(queue.failures)


@pytest.fixture(params=ROWS)
def who(request):
    return request.param


def places(queue, who, everything, names=None):
    """Numbers of calls among those with such a name."""
    if who not in queue.calls:
        queue.fill()
        run = queue.flush(who)
        assert run.status in (0, 75)
        queue.check(run)
        queue.calls[who] = run.calls
    calls = [call for call in queue.calls[who] if names is None or
             call.name in names]
    chosen = calls
    if not everything:
        main = next((call.index for call in queue.calls[who]
                     if call.name == "poll"), 0)
        late = [call for call in calls if call.index > main]
        words = [call for call in late if call.name in WORDS]
        chosen = one_of_each(late, RISKY) + spread(words or late[-1:], SOME)
    return [calls.index(call) + 1 for call in chosen]


def test_kill(queue, who, everything):
    names = set() if everything or who == CHILD else RISKY | WORDS
    for at in places(queue, who, everything, names or None):
        queue.attempt(f"kill -9 at each call of {ROWS[who]}", who, at=at,
                      names=names, deed="kill-before")


def test_error(queue, who, everything):
    for error, names in FAULTS.items():
        for at in places(queue, who, everything, names - DONE_ANYWAY):
            queue.attempt(f"an error at each call of {ROWS[who]}", who, at=at,
                          names=names - DONE_ANYWAY,
                          deed=f"fail={number_of(error)}")


def test_remove_beside_it(queue, everything):
    """onehopctl removes all while the flusher stands at one of its calls."""
    during = shlex.join([program("onehopctl"), "-C",
                         str(queue.site.configuration), "remove", "ALL"])
    for at in places(queue, FLUSHER, everything):
        queue.fill()
        run = queue.flush(FLUSHER, at=at, during=f"{during} >/dev/null")
        if not run.hits:
            continue
        removed = run.status in (0, 75) and \
            queue.site.spool.names() == []
        twice = [key for key, count in queue.received().items() if count > 1]
        queue.tally("onehopctl remove at each call of the flusher",
                    removed and not twice)
        if not removed or twice:
            queue.failures.append(f"{run} {queue.site.spool.names()} {twice}")


@pytest.mark.parametrize("verbs", [["hold"], ["hold", "release"], ["retry"]])
def test_hold_beside_it(queue, everything, verbs):
    """What is held on its way is sent once: then, or when it is released."""
    during = "; ".join(shlex.join(
        [program("onehopctl"), "-C", str(queue.site.configuration), verb,
         "--older", "0s", "ALL"]) + " >/dev/null 2>&1" for verb in verbs)
    for at in places(queue, FLUSHER, everything):
        queue.fill()
        run = queue.flush(FLUSHER, at=at, during=f"{during}; true")
        if not run.hits:
            continue
        released = queue.site.ctl("release", "ALL")

        def once():
            assert run.status in (0, 75) and released.status == 0
            queue.check_all_is_sent(run)
            assert set(queue.received().values()) == {1}, "twice"
            assert "warning" not in run.stderr

        queue.judge("onehopctl hold at each call of the flusher", once,
                    lambda: f"after {run.hits[0]}: {run.status}\n"
                    f"{run.stderr}\n{released}\n{queue.site.spool.names()} "
                    f"{queue.received()}\n{run.command}")


def test_short_reads_and_writes(queue, who, everything):
    for at in places(queue, who, everything, SHORTENED):
        queue.attempt(f"a short length at each call of {ROWS[who]}", who, at=at,
                      names=SHORTENED, deed="short=1")


def test_spool_that_could_not_be_read(queue, everything):
    """A daemon does not wait for the hour to look again."""
    if not everything:
        pytest.skip("takes ten seconds")
    queue.fill()
    process, report, _ = queue.tracer.start(
        [program("onehop-flush"), "-C", queue.site.configuration], FLUSHER,
        names={"getdents64"}, at=3, deed=f"fail={number_of('EIO')}",
        stderr=subprocess.DEVNULL)
    with report:
        try:
            wait_until(lambda: queue.site.spool.names("new") == [], "its turn")
        finally:
            process.terminate()
            process.wait()
        assert report.read().startswith(f"hit {FLUSHER}")
